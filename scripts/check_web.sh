#!/usr/bin/env bash
# Exports a head taught on photos of cats and dogs, and compares the examples in Python,
# Node and a browser (Chromium) with headstart score on all kinds of images.
# Needs Node, the package registry and the folder of test data.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: check_web.sh DATA}

if ! command -v npm >/dev/null; then
	echo "check_web: Node is not installed: nothing was checked" >&2
	exit 1
fi
mkdir -p demo/web
npm install --silent --no-audit --no-fund --ignore-scripts --prefix demo/web \
	onnxruntime-web@1.30.0 sharp@0.35.5 libheif-js@1.23.2 puppeteer-core@24.43.1 @sparticuz/chromium@147.0.0
cp docs/examples/* scripts/run_page.mjs demo/web/
bin/headstart train-head "$data/cats_vs_dogs" --no-near-duplicates --backbone efficientnet-lite0 -o demo/web/head.onnx
bin/headstart export demo/web/head.onnx -o demo/web/model.onnx "$data/cats_vs_dogs"
.venv-peers/bin/python scripts/compare_examples.py bin/headstart demo/web/head.onnx demo/web/model.onnx "$data" \
	demo/web/classify.py demo/web/classify.mjs demo/web/run_page.mjs
