#!/usr/bin/env bash
# Installs a wheel as a newcomer does, in a new virtual environment with an empty home
# and without a compiler, and trains and scores with three commands. Prints the times.
#
#     scripts/try_wheel.sh WHEEL [DATA]    # DATA: a folder with one folder of photos per class
set -euo pipefail
wheel=$(realpath "${1:?usage: try_wheel.sh WHEEL [DATA]}")
data=${2:+$(realpath -m "$2")}
python=$(python3 -c 'import sys; print(sys._base_executable)')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# PATH holds what the commands below use, and nothing that compiles.
mkdir home tools
for tool in env sh; do ln -s "$(command -v $tool)" tools/; done
way=() # to packages, where this machine has one of its own
for name in ${!PIP_@} ${!SSL_CERT_@} https_proxy no_proxy; do
	[ -z "${!name:-}" ] || way+=("$name=${!name}")
done
newcomer() { env -i HOME="$scratch/home" PATH="$scratch/venv/bin:$scratch/tools" ${way[@]+"${way[@]}"} "$@"; }
timed() {
	local began=$EPOCHREALTIME
	newcomer "$@"
	echo "== $(awk "BEGIN { printf \"%.1f s\", $EPOCHREALTIME - $began }"): $(basename "$1") ${*:2:2} …"
}
for compiler in cc gcc clang go zig; do
	! newcomer sh -c "command -v $compiler" || { echo "try_wheel: $compiler is on PATH" >&2 && exit 1; }
done

"$python" -m venv venv
timed pip install --quiet --disable-pip-version-check "$wheel"
timed headstart doctor
if [ ! -d "$data" ]; then
	echo "try_wheel: no DATA: not trained"
	exit
fi
timed headstart train-head "$data" -o pets.onnx --test 0.2
timed headstart evaluate pets.onnx "$data"
timed headstart score pets.onnx "$data" --out scores.csv
wc -l <scores.csv
