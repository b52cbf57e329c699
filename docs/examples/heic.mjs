// Decodes HEIC by libheif-js, where the platform cannot: in Node, and in browsers other
// than Safari.

// isHEIC reports whether a file's bytes are of HEIC.
export function isHEIC(bytes) {
  const start = String.fromCharCode(...bytes.subarray(4, 64));
  return start.startsWith("ftyp") && /hei[cxms]|hev[cxms]/.test(start);
}

let libheif;

// decodeHEIC returns data, RGBA levels row by row and upright, width and height of a
// file's first image. factory is what libheif-js/libheif-wasm/libheif-bundle.mjs exports.
export async function decodeHEIC(bytes, factory) {
  libheif ??= factory();
  const images = new libheif.HeifDecoder().decode(bytes);
  if (images.length === 0) throw new Error("HEIC that libheif cannot decode");
  const [width, height] = [images[0].get_width(), images[0].get_height()];
  const decoded = { data: new Uint8ClampedArray(4 * width * height), width, height };
  const whole = await new Promise((done) => images[0].display(decoded, done));
  images.forEach((image) => image.free());
  if (!whole) throw new Error("damaged HEIC");
  return decoded;
}
