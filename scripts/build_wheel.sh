#!/usr/bin/env bash
# Builds the Python package's wheel around a binary for Linux x86_64, and fails unless
# auditwheel confirms what its name says: that it runs from glibc 2.28 on.
set -euo pipefail
binary=$(realpath "${1:?usage: build_wheel.sh BINARY}")
cd "$(dirname "$0")/.."

readonly platform=manylinux_2_28_x86_64
readonly python=$PWD/.venv-wheel/bin/python

rm -rf dist/headstart-*-"$platform".whl
(cd python && HEADSTART_BINARY=$binary HEADSTART_PLATFORM=$platform "$python" -m hatchling build -t wheel -d ../dist)
wheel=$(echo dist/headstart-*-"$platform".whl)

# It names the oldest glibc that would do.
said=$("$python" -m auditwheel show "$wheel" | tr '\n' ' ')
if ! [[ $said =~ consistent\ with\ the\ following\ platform\ tag:\ \"manylinux_2_([0-9]+)_x86_64\" ]] || [ "${BASH_REMATCH[1]}" -gt 28 ]; then
	echo "build_wheel: $wheel is not $platform: $said" >&2 && exit 1
fi
size=$(stat -c %s "$wheel")
[ "$size" -lt 25000000 ] || { echo "build_wheel: $wheel has $size bytes, 25 MB is the limit" >&2 && exit 1; }
echo "$wheel: $size bytes, $platform confirmed by auditwheel (symbols of glibc 2.${BASH_REMATCH[1]})"
