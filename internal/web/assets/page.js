"use strict";
// What all parts of a page use: its data, its pictures, and buttons that copy.
document.documentElement.classList.add("js");

const data = JSON.parse(document.getElementById("data").textContent);

// A picture is in the page once: in a list, or in the data.
const pictures = data.photos.map((photo) => photo.src);
for (const img of document.querySelectorAll(".card img[src]")) {
  pictures[img.closest("[data-photo]").dataset.photo] = img.getAttribute("src");
}
for (const img of document.querySelectorAll(".card img:not([src])")) {
  img.src = pictures[img.closest("[data-photo]").dataset.photo];
}
for (const img of document.querySelectorAll("img[data-src]")) {
  img.src = pictures[img.dataset.src];
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  const path = data.photos[button.closest("[data-photo]").dataset.photo].path;
  copy(path).then((done) => {
    if (!done) return;
    const before = button.textContent;
    button.textContent = data.words.copied;
    setTimeout(() => { button.textContent = before; }, 1500);
  });
});

// copy puts text on the clipboard. Pages from files may not use the newer way.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    focused?.focus();
    return done;
  }
}

