#!/usr/bin/env bash
# Checks make dist for this machine's Linux: two builds, in two clones that share Go's
# cache, are the same byte for byte; and what is in the archive works.
set -euo pipefail
cd "$(dirname "$0")/.."
platform=$(go env GOOS)/$(go env GOARCH)
case $platform in
linux/amd64 | linux/arm64) ;;
*) echo "check_dist: skipped: $platform is not Linux" && exit ;;
esac
if ! git rev-parse HEAD >/dev/null 2>&1; then
	echo "check_dist: skipped: this folder is not a clone, and has no commit to name"
	exit
fi
if ! scripts/fetch_zig.sh >/dev/null 2>&1; then
	echo "check_dist: skipped: zig cannot be fetched"
	exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "check_dist: $*" >&2 && exit 1; }

scripts/dist.sh "$work/first" $platform >/dev/null
scripts/dist.sh "$work/second" $platform >/dev/null
cmp "$work/first/SHA256SUMS" "$work/second/SHA256SUMS" || fail "the two builds differ"
cd "$work/first"
sha256sum --check --quiet SHA256SUMS

tar xzf ./*.tar.gz
folder=$(echo headstart-*/)
"$folder/headstart" --version | tee version
grep -q "$(git -C "$OLDPWD" rev-parse HEAD)" version || fail "--version does not name the commit"
for file in LICENSE README.md man/headstart.1 completions/headstart.bash completions/_headstart completions/headstart.fish; do
	[ -s "$folder/$file" ] || fail "there is no $file"
done
grep -q 'libde265.*LGPL-3.0-or-later' "$folder/THIRD-PARTY-NOTICES" || fail "the notices do not name libde265"
grep -q 'GNU LESSER GENERAL PUBLIC LICENSE' "$folder/THIRD-PARTY-NOTICES" || fail "the notices have no LGPL"
python3 - ./*.cdx.json <<'END' || fail "the bill of materials is incomplete"
import json, sys
bill = json.load(open(sys.argv[1]))
names = [c["name"] for c in bill["components"]]
assert "libde265" in names and "github.com/yalue/onnxruntime_go" in names, names
assert all(c["licenses"] for c in bill["components"])
END
if command -v dpkg-deb >/dev/null; then
	dpkg-deb --extract ./*.deb installed
	cmp installed/usr/bin/headstart "$folder/headstart"
	dpkg-deb --field ./*.deb Package Version Architecture Depends
fi
echo "check_dist: two builds of $platform are identical"
