#!/usr/bin/env bash
# Brings zig, the C compiler for all platforms, into .venv-zig: it is a Python package,
# whose digest pip checks.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv-zig
[ "$(cat $venv/installed 2>/dev/null)" = "$(cksum scripts/requirements-zig.txt)" ] && exit
python3 -m venv --clear $venv
$venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r scripts/requirements-zig.txt
cksum scripts/requirements-zig.txt >$venv/installed
