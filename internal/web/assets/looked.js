"use strict";
// Class activation maps are drawn over their photos: what is evidence for the class is
// left as bright as it is, all else is darkened. That needs no colours.
{
  const paint = (frame) => {
    const index = frame.closest("[data-photo]").dataset.photo;
    const photo = data.photos[index];
    const map = photo.heats && photo.heats[frame.dataset.map];
    if (!map) return;
    const small = document.createElement("canvas");
    small.width = map.w;
    small.height = map.h;
    const pixels = new ImageData(map.w, map.h);
    map.v.forEach((value, i) => {
      pixels.data[4 * i + 3] = 255 * 0.78 * (1 - value / 100);
    });
    small.getContext("2d").putImageData(pixels, 0, 0);

    const canvas = document.createElement("canvas");
    canvas.width = photo.width;
    canvas.height = photo.height;
    const draw = canvas.getContext("2d");
    const [left, top, right, bottom] = [map.in[0] * photo.width, map.in[1] * photo.height, map.in[2] * photo.width, map.in[3] * photo.height];
    draw.fillStyle = "rgba(0, 0, 0, .78)"; // what the network did not see
    draw.fillRect(0, 0, photo.width, photo.height);
    draw.clearRect(left, top, right - left, bottom - top);
    draw.imageSmoothingQuality = "high";
    draw.drawImage(small, left, top, right - left, bottom - top);
    canvas.setAttribute("aria-hidden", "true");
    frame.append(canvas);
  };

  const frames = document.querySelectorAll("[data-map]");
  const soon = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      soon.unobserve(entry.target);
      paint(entry.target);
    }
  }, { rootMargin: "400px" });
  for (const frame of frames) soon.observe(frame);
  addEventListener("beforeprint", () => {
    for (const frame of frames) if (!frame.querySelector("canvas")) paint(frame);
  });

  const button = document.getElementById("looked-switch");
  button?.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    document.getElementById("looked").classList.toggle("plain", !on);
  });
}
