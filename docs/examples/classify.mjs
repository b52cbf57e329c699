// Classify images with a model of headstart export, in Node:
//
//   npm install onnxruntime-web sharp libheif-js
//   node classify.mjs MODEL.onnx IMAGE...
//
// Prints image, class, probability and whether the image is likely of none of the
// classes (unknown or known), separated by tabs. MODEL.json must lie beside the
// model, which export writes with --input uint8 or photo. Images that cannot be
// read are named on standard error, and the exit status is 3.
import { readFile } from "node:fs/promises";
import libheif from "libheif-js/libheif-wasm/libheif-bundle.mjs";
import * as ort from "onnxruntime-web";
import sharp from "sharp";
import { decodeHEIC, isHEIC } from "./heic.mjs";
import { answer, input } from "./preprocess.mjs";

async function decode(path) {
  const file = await readFile(path);
  if (isHEIC(file)) return decodeHEIC(file, libheif);
  const image = sharp(file, { failOn: "error", ignoreIcc: true, limitInputPixels: 100_000_000 });
  const { data, info } = await image.rotate().toColourspace("srgb").ensureAlpha().raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

const [model, ...paths] = process.argv.slice(2);
const about = JSON.parse(await readFile(model.replace(/\.onnx$/, ".json"), "utf8"));
const session = await ort.InferenceSession.create(new Uint8Array(await readFile(model)));
for (const path of paths) {
  let decoded;
  try {
    decoded = await decode(path);
  } catch (error) {
    console.error(`${path}: ${error.message.split("\n")[0]}`);
    process.exitCode = 3;
    continue;
  }
  const { levels, shape } = input(decoded, about);
  const image = new ort.Tensor("uint8", levels, shape);
  const { name, probability, unknown } = answer(await session.run({ image }), about);
  console.log([path, name, probability, unknown].join("\t"));
}
