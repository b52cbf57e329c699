#!/usr/bin/env bash
# Builds headstart for a platform, whichever this one is, with zig as cgo's C compiler:
#
#     scripts/build_binary.sh GOOS GOARCH OUT
#     scripts/build_binary.sh GOOS GOARCH vet     # go vet instead, tests included
#
# The program knows its version, commit and date if this folder is a clone of the
# repository, not a worktree, which Go does not know.
#
# GOOS GOARCH is linux amd64, linux arm64 (both run from glibc 2.28 on), darwin arm64
# or windows amd64. The same commit makes the same bytes, wherever its folder is.
set -euo pipefail

usage="usage: build_binary.sh GOOS GOARCH OUT"
export GOOS=${1:?$usage} GOARCH=${2:?$usage}
out=${3:?$usage}
case $GOOS/$GOARCH in
linux/amd64) target=x86_64-linux-gnu.2.28 ;;
linux/arm64) target=aarch64-linux-gnu.2.28 ;;
darwin/arm64) target=aarch64-macos ;;
windows/amd64) target=x86_64-windows-gnu ;;
*) echo "build_binary: no such platform: $GOOS/$GOARCH" >&2 && exit 2 ;;
esac
case $out in
vet | /*) ;;
*) out=$PWD/$out ;;
esac
cd "$(dirname "$0")/.."

scripts/fetch_zig.sh
venv=.venv-zig
zig=$(echo $PWD/$venv/lib/python3*/site-packages/ziglang)

# The compiler is named by PATH, so that no folder's name is in what is built.
export PATH=$zig:$PATH CGO_ENABLED=1 CC="zig cc -target $target"

# Apple's frameworks are linked by their names alone, and their software development
# kit is not needed for that: only a list of what Go's own packages use of them.
if [ "$GOOS" = darwin ]; then
	for name in CoreFoundation Security; do
		framework=$venv/frameworks/$name.framework
		path=/System/Library/Frameworks/$name.framework/Versions/A/$name
		mkdir -p "$framework"
		symbols=$(grep -rhE "^//go:cgo_import_dynamic [a-zA-Z0-9_]+ [a-zA-Z0-9_]+ \"$path\"" "$(go env GOROOT)/src" --include='*.go' |
			awk '{ print "_" $3 }' | sort -u | paste -sd, -)
		printf '%s\n' '--- !tapi-tbd' 'tbd-version: 4' 'targets: [ arm64-macos ]' "install-name: '$path'" \
			'exports:' '  - targets: [ arm64-macos ]' "    symbols: [ $symbols ]" '...' >"$framework/$name.tbd"
	done
	export CGO_LDFLAGS=-F$PWD/$venv/frameworks
fi
if [ "$out" = vet ]; then
	exec go vet -trimpath ./...
fi
# Without symbols and build ids: the version, commit and date stay, in a clone.
stamped=false
git rev-parse HEAD >/dev/null 2>&1 && stamped=true
exec go build -trimpath -buildvcs=$stamped -ldflags "-s -w -buildid=" -o "$out" ./cmd/headstart
