#!/usr/bin/env bash
# Exports a head taught on a folder of photos and runs it in onnxruntime-web.
# Needs Node and the package registry.
set -euo pipefail
cd "$(dirname "$0")/.."
photos=${1:?usage: check_web.sh PHOTOS}

if ! command -v npm >/dev/null; then
	echo "check_web: Node is not installed: nothing was checked" >&2
	exit 1
fi
mkdir -p demo/web
npm install --silent --no-audit --no-fund --ignore-scripts --prefix demo/web onnxruntime-web@1.30.0
bin/headstart train-head "$photos" --backbone efficientnet-lite0 -o demo/web/head.onnx
bin/headstart export demo/web/head.onnx -o demo/web/model.onnx "$photos"
.venv/bin/python scripts/check_web_pixels.py demo/web/model.onnx "$photos" demo/web
cp scripts/check_web.mjs demo/web/
side=$(cat demo/web/side)
node demo/web/check_web.mjs demo/web/model.onnx demo/web/pixels demo/web/probabilities "$side"
