// Classify images with a model of headstart export, in Node:
//
//   npm install onnxruntime-web sharp
//   node classify.mjs MODEL.onnx IMAGE...
//
// Prints image, class, probability and whether the image is likely of none of the
// classes (unknown or known), separated by tabs. MODEL.json must lie beside the
// model, which export writes with --input uint8, the default. Images that sharp cannot read
// are named on standard error, and the exit status is 3.
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web";
import sharp from "sharp";
import { answer, pixels } from "./preprocess.mjs";

const [model, ...paths] = process.argv.slice(2);
const about = JSON.parse(await readFile(model.replace(/\.onnx$/, ".json"), "utf8"));
const session = await ort.InferenceSession.create(new Uint8Array(await readFile(model)));
for (const path of paths) {
  let decoded;
  try {
    decoded = await sharp(path, { failOn: "error" }).rotate().toColourspace("srgb").ensureAlpha().raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  } catch (error) {
    console.error(`${path}: ${error.message}`);
    process.exitCode = 3;
    continue;
  }
  const { width, height } = decoded.info;
  const data = pixels(decoded.data, width, height, about.preprocessing);
  const image = new ort.Tensor("uint8", data, [1, about.preprocessing.crop, about.preprocessing.crop, 3]);
  const { name, probability, unknown } = answer(await session.run({ image }), about);
  console.log([path, name, probability, unknown].join("\t"));
}
