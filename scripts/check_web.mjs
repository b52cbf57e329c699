// Runs an exported model in onnxruntime-web, as a browser would, on pixels whose
// probabilities are known: check_web.mjs MODEL PIXELS PROBABILITIES SIDE, where
// PIXELS are uint8 [N, SIDE, SIDE, 3] and PROBABILITIES float32 [N, classes].
// check_web.sh makes them.
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web";

const [model, pixels, probabilities, side] = process.argv.slice(2);
const images = new Uint8Array(await readFile(pixels));
const known = new Float32Array((await readFile(probabilities)).buffer.slice(0));
const size = 3 * side * side;
const count = images.length / size;
const classes = known.length / count;
const session = await ort.InferenceSession.create(new Uint8Array(await readFile(model)));

let largest = 0;
let same = 0;
const likeliest = (values) => values.indexOf(Math.max(...values));
for (let i = 0; i < count; i++) {
  const image = new ort.Tensor("uint8", images.slice(i * size, (i + 1) * size), [1, +side, +side, 3]);
  const got = Array.from((await session.run({ image })).probabilities.data);
  const want = Array.from(known.slice(i * classes, (i + 1) * classes));
  got.forEach((p, k) => (largest = Math.max(largest, Math.abs(p - want[k]))));
  same += likeliest(got) === likeliest(want);
}
console.log(`onnxruntime-web ${ort.env.versions.web}: ${count} images, ${same} of the same class, probabilities differ by ${largest.toExponential(1)} at most`);
process.exit(same === count && largest < 1e-3 ? 0 : 1);
