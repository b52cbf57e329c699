#!/usr/bin/env bash
# Builds what a release consists of into a folder, from the commit that is checked out:
#
#     scripts/dist.sh FOLDER [GOOS/GOARCH...]
#
# The programs are built in a clone, so that they hold the commit and nothing else, and
# know their version: Go reads it from git's tags.
set -euo pipefail
mkdir -p "${1:?usage: dist.sh FOLDER [GOOS/GOARCH...]}"
out=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."

platforms=("$@")
[ $# -gt 0 ] || platforms=(linux/amd64)
[ -z "$(git status --porcelain)" ] || echo "dist: what is not committed is left out" >&2
scripts/fetch_zig.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet . "$work/source"
ln -s "$PWD/.venv-zig" "$work/source/.venv-zig"
cd "$work/source"

# The man page and the completions are the same everywhere.
mkdir "$work/pages"
go build -trimpath -o "$work/headstart" ./cmd/headstart
"$work/headstart" man >"$work/pages/headstart.1"
for shell in bash zsh fish; do
	"$work/headstart" completion $shell >"$work/pages/headstart.$shell"
done

programs=()
for platform in "${platforms[@]}"; do
	echo "dist: building $platform"
	program=$work/${platform/\//-}
	scripts/build_binary.sh "${platform%/*}" "${platform#*/}" "$program"
	programs+=("$program")
done
go run ./scripts/dist -o "$out" -pages "$work/pages" "${programs[@]}"
ls -l "$out"
