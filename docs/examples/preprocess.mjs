// Turns decoded pixels into what a model of headstart export takes: the steps of its
// JSON file from scaling on. Works in Node and in browsers, and needs nothing.

// input returns what a model takes of an image, given as RGBA levels (0 to 255) row by
// row, upright, and its shape. about is the JSON file.
export function input({ data, width, height }, { preprocessing: p }) {
  if (p) return { levels: pixels(data, width, height, p), shape: [1, p.crop, p.crop, 3] };
  const levels = new Uint8Array(width * height * 3); // the model scales it
  for (let i = 0; i < levels.length; i++) levels[i] = onWhite(data, 4 * Math.trunc(i / 3), i % 3);
  return { levels, shape: [1, height, width, 3] };
}

// pixels scales and crops an image, given as RGBA levels (0 to 255) row by row, upright,
// and returns a Uint8Array [crop, crop, 3]. p is the JSON file's preprocessing.
export function pixels(rgba, width, height, p) {
  const short = Math.min(width, height);
  const resized = (side) => (p.view === "square" ? p.crop : Math.floor((p.resize * side) / short));
  const across = axis(width, resized(width), p);
  const down = axis(height, resized(height), p);
  const first = Math.min(...down.map((w) => w.start));
  const last = Math.max(...down.map((w) => w.start + w.weights.length));
  const rows = new Float32Array((last - first) * p.crop * 3);
  for (let y = first; y < last; y++) {
    across.forEach(({ start, weights }, x) => {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        weights.forEach((weight, i) => (sum += weight * onWhite(rgba, 4 * (y * width + start + i), c)));
        rows[((y - first) * p.crop + x) * 3 + c] = Math.min(255, Math.max(0, Math.round(sum)));
      }
    });
  }
  const out = new Uint8ClampedArray(p.crop * p.crop * 3); // which rounds
  down.forEach(({ start, weights }, y) => {
    for (let i = 0; i < p.crop * 3; i++) {
      let sum = 0;
      weights.forEach((weight, k) => (sum += weight * rows[(start - first + k) * p.crop * 3 + i]));
      out[y * p.crop * 3 + i] = sum;
    }
  });
  return new Uint8Array(out.buffer);
}

function onWhite(rgba, at, channel) {
  const alpha = rgba[at + 3] / 255;
  return alpha === 1 ? rgba[at + channel] : Math.round(255 + (rgba[at + channel] - 255) * alpha);
}

const filters = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    at: (x) => {
      const a = Math.abs(x);
      return a < 1 ? (1.5 * a - 2.5) * a * a + 1 : a < 2 ? ((-0.5 * a + 2.5) * a - 4) * a + 2 : 0;
    },
  },
};

// axis returns, for each kept pixel of a side, which pixels it is made of, and their
// weights: Pillow's, which widen with the reduction.
function axis(size, resized, p) {
  const { support, at } = filters[p.filter];
  const scale = size / resized;
  const wide = Math.max(1, scale);
  const offset = roundHalfEven((resized - p.crop) / 2);
  return Array.from({ length: p.crop }, (_, i) => {
    const centre = (i + offset + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support * wide + 0.5));
    const end = Math.min(size, Math.trunc(centre + support * wide + 0.5));
    const weights = Array.from({ length: end - start }, (_, k) => at((k + start - centre + 0.5) / wide));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { start, weights: weights.map((w) => w / sum) };
  });
}

function roundHalfEven(x) {
  return x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
}

// answer turns a model's outputs into a class, its probability, and whether the image is
// likely of none of the classes. about is the JSON file.
export function answer(outputs, about) {
  const probabilities = Array.from(outputs.probabilities.data);
  const probability = Math.max(...probabilities);
  const unknown = outputs.unknown && outputs.unknown.data[0] > about.unknown_threshold;
  return { name: about.classes[probabilities.indexOf(probability)], probability, unknown: unknown ? "unknown" : "known" };
}
