"use strict";
// The map of the embeddings: the pointer, or the arrow keys, choose a point, and its
// photo is shown beside the map.
{
  const plane = document.querySelector("#map .plane");
  if (plane) {
    const list = document.querySelector("#map .seen-photo ul");
    const marks = [...plane.querySelectorAll("[data-point]")];
    const svg = plane.querySelector("svg");
    let places = []; // of the marks, in the units of the drawing
    const place = () => {
      if (!places.length) {
        places = marks.map((mark) => {
          const box = mark.getBBox();
          return [box.x + box.width / 2, box.y + box.height / 2];
        });
      }
      return places;
    };
    let chosen = -1;

    const choose = (i) => {
      if (i === chosen || i < 0) return;
      if (chosen >= 0) marks[chosen].classList.remove("chosen");
      chosen = i;
      marks[i].classList.add("chosen");
      const photo = data.map[marks[i].dataset.point];
      list.replaceChildren(...(photo >= 0 ? [card(photo)] : []));
      list.hidden = photo < 0;
    };

    // nearest returns the mark nearest to a place, of those that a test lets through.
    const nearest = (x, y, lets) => {
      let best = -1, least = Infinity;
      place().forEach(([px, py], i) => {
        const distance = lets(px - x, py - y);
        if (distance < least) [best, least] = [i, distance];
      });
      return [best, least];
    };

    plane.addEventListener("pointermove", (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const [i, distance] = nearest(at.x, at.y, Math.hypot);
      if (distance < 12) choose(i);
    });
    plane.addEventListener("click", (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      choose(nearest(at.x, at.y, Math.hypot)[0]);
    });

    // An arrow goes to the nearest point in its direction.
    const along = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    plane.addEventListener("keydown", (event) => {
      const way = along[event.key];
      if (!way) return;
      event.preventDefault();
      if (chosen < 0) return choose(0);
      const [x, y] = place()[chosen];
      choose(nearest(x, y, (dx, dy) => {
        const ahead = dx * way[0] + dy * way[1], aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
        return ahead > 0.01 && aside <= 2 * ahead ? ahead + 2 * aside : Infinity;
      })[0]);
    });
  }
}
