// Classifies images with docs/examples/classify.html in a headless Chromium, and prints
// what classify.mjs prints: run_page.mjs MODEL.onnx IMAGE... The example and what it
// needs of npm must lie beside this file, as check_web.sh arranges it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, extname } from "node:path";
import chromium from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";

const [model, ...images] = process.argv.slice(2);
const here = import.meta.dirname;
const folders = [here, `${here}/node_modules/onnxruntime-web/dist`, `${here}/node_modules/libheif-js/libheif-wasm`];
const files = { "model.onnx": model, "model.json": model.replace(/\.onnx$/, ".json") };
const types = { ".html": "text/html", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

const server = createServer(async (request, response) => {
  const name = basename(request.url);
  for (const path of files[name] ? [files[name]] : folders.map((folder) => `${folder}/${name}`)) {
    const content = await readFile(path).catch(() => undefined);
    if (content) return response.setHeader("Content-Type", types[extname(name)] ?? "application/octet-stream").end(content);
  }
  response.writeHead(404).end();
}).listen(0, "127.0.0.1");

const browser = await puppeteer.launch({ args: chromium.args, executablePath: await chromium.executablePath(), headless: "shell", protocolTimeout: 0 });
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(`page: ${error.message}`));
await page.goto(`http://127.0.0.1:${server.address().port}/classify.html`);
await page.waitForFunction(() => document.querySelector("input").onchange, { timeout: 60_000 });
await (await page.$("input")).uploadFile(...images);
const done = (count) => document.querySelectorAll("li").length === count && document.querySelector("li:last-child").textContent;
await page.waitForFunction(done, { timeout: 0 }, images.length);
const texts = await page.$$eval("li", (items) => items.map((item) => item.textContent));
await browser.close();
server.close();

texts.forEach((text, i) => {
  const answer = /: ([^:]*), ([0-9.]+) %, (known|unknown)$/.exec(text);
  if (answer) return console.log([images[i], answer[1], (answer[2] / 100).toFixed(4), answer[3]].join("\t"));
  console.error(text);
  process.exitCode = 3;
});
