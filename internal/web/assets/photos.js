"use strict";

// card returns a photo as the page's lists show it.
function card(index) {
  const photo = data.photos[index];
  const item = document.getElementById("card").content.firstElementChild.cloneNode(true);
  item.dataset.photo = index;
  const img = item.querySelector("img");
  if (photo.why) {
    const note = document.createElement("span");
    note.className = "no-photo";
    note.textContent = photo.why;
    img.replaceWith(note);
  } else {
    img.src = pictures[index];
    img.alt = photo.alt;
    img.width = photo.width;
    img.height = photo.height;
    img.classList.toggle("tiny", Boolean(photo.tiny));
  }
  const slot = (name) => item.querySelector(`[data-slot=${name}]`);
  slot("actual").querySelector("bdi").textContent = photo.label;
  slot("predicted").querySelector("bdi").textContent = photo.predicted;
  slot("probability").textContent = photo.probability || "";
  slot("predicted").classList.toggle("differs", Boolean(photo.differs));
  slot("path").textContent = photo.file;
  slot("path").title = photo.path;
  const button = item.querySelector("button.copy");
  button.setAttribute("aria-label", button.getAttribute("aria-label") + photo.file);
  return item;
}
