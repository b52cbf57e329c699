"use strict";
// A click on a cell of the confusion matrix shows its photos below the matrix.
{
  const opened = document.getElementById("opened");
  const buttons = document.querySelectorAll("button[data-cell]");
  const first = 48; // photos that are shown before all are asked for

  const show = (button) => {
    const again = button.getAttribute("aria-expanded") === "true";
    for (const other of buttons) other.setAttribute("aria-expanded", "false");
    opened.hidden = again;
    if (again) return;
    button.setAttribute("aria-expanded", "true");
    const cell = data.cells[button.dataset.cell];
    document.getElementById("opened-title").textContent = button.getAttribute("aria-label");
    document.getElementById("opened-note").textContent = cell.note;
    const grid = opened.querySelector(".grid");
    const more = opened.querySelector(".more");
    grid.replaceChildren(...cell.photos.slice(0, first).map(card));
    more.hidden = cell.photos.length <= first;
    more.textContent = data.words.all;
    more.onclick = () => {
      grid.append(...cell.photos.slice(first).map(card));
      more.hidden = true;
    };
  };
  for (const button of buttons) button.addEventListener("click", () => show(button));

  // A piece of advice names a cell.
  for (const link of document.querySelectorAll("a[data-opens]")) {
    link.addEventListener("click", () => {
      const button = document.querySelector(`button[data-cell="${link.dataset.opens}"]`);
      if (button && button.getAttribute("aria-expanded") !== "true") show(button);
    });
  }
}
