#!/usr/bin/env bash
# Installs ONNX Runtime with its CUDA provider, and NVIDIA's libraries in the
# versions it was built for, into the user's cache folder: about 2.3 GB. The driver
# must be installed already. Does nothing if everything is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly packages=scripts/requirements-cuda.txt
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/headstart
readonly target=$cache/cuda

say() { echo "setup-cuda: $*"; }

if [ "$(uname -s) $(uname -m)" != "Linux x86_64" ]; then
	say "the packages of $packages are for Linux on x86_64; $(uname -sm) needs another ONNX Runtime with CUDA: set HEADSTART_ONNXRUNTIME to its path" >&2
	exit 1
fi
if [ "$(cat "$target/installed" 2>/dev/null)" = "$(cksum $packages)" ]; then
	say "everything is in $target"
	exit
fi

if [ -e "$target" ] && [ ! -e "$target/installed" ]; then
	say "$target was not made by this script: move it away" >&2
	exit 1
fi
mkdir -p "$cache"
unpacked=$(mktemp -d "$cache/.cuda-XXXXXX")
trap 'rm -rf "$unpacked"' EXIT
say "installing the packages of $packages, about 2 GB"
.venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: --target "$unpacked/packages" -r $packages

mkdir "$unpacked/cuda"
find "$unpacked/packages/onnxruntime/capi" "$unpacked/packages/nvidia" \
	\( -name 'libonnxruntime*.so*' -o -name 'libcu*.so*' -o -name 'libnv*.so*' \) \
	! -name '*tensorrt*' -exec mv -t "$unpacked/cuda" {} +
cksum $packages >"$unpacked/cuda/installed"
rm -rf "$target"
mv "$unpacked/cuda" "$target"
say "ONNX Runtime with CUDA is in $target"
