#!/bin/bash
# Builds the decoders of HEVC and AV1 that extractor/imageio/internal/heif embeds.
#
#     scripts/sandbox/build.sh SOURCES
#
# SOURCES has the source archives of the releases whose checksums are below, as
# libde265's and dav1d's authors and Debian publish them. The compiler is the Python
# package ziglang, in the version below; PYTHON is the Python that has it. The same
# archives and compiler make the same bytes.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
sources=$(cd "${1:?usage: build.sh SOURCES}" && pwd)
target=$here/../../extractor/imageio/internal/heif
zig="${PYTHON:-python3} -m ziglang"
[ "$($zig version)" = 0.15.2 ] || { echo "ziglang 0.15.2 is needed" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
sha256sum --check --quiet <<END
554228bd17788c99a7e63b37ab5634722190e6e2bf60c1dcb01cef328e133905  $sources/libde265_1.1.3.orig.tar.gz
686616b7c69eb88d44459391ab25cac13b6647a3b288835c5784e71c1514a5c5  $sources/dav1d_1.5.4.orig.tar.xz
END
tar xf "$sources/libde265_1.1.3.orig.tar.gz"
tar xf "$sources/dav1d_1.5.4.orig.tar.xz"

# What WebAssembly engines have had for years, vectors of 128 bits among it.
compile="-target wasm32-wasi -mcpu=generic+simd128+bulk_memory+nontrapping_fptoint+sign_ext -O3 -DNDEBUG -w -I$here"
link="-mexec-model=reactor -Wl,--export=malloc -Wl,--export=decode -Wl,--strip-all -Wl,--gc-sections -z stack-size=1048576"

cd "$work/libde265-1.1.3"
sed -e 's/@NUMERIC_VERSION@/0x01010300/; s/@PACKAGE_VERSION@/1.1.3/' libde265/de265-version.h.in > libde265/de265-version.h
# Blocks are counted as they are decoded, for decode.cc to tell whether some are missing.
sed -i 's/^    tctx->img->ctb_progress\[ctbx + ctby \* ctbW\]\.set_progress(CTB_PROGRESS_PREFILTER);/    decoded_blocks++;\n&/
    s/^enum DecodeResult decode_substream(/extern int decoded_blocks;\n&/' libde265/slice.cc
[ "$(grep -c decoded_blocks libde265/slice.cc)" = 2 ]
$zig c++ $compile -std=c++17 -fno-exceptions -fno-rtti -include "$here/hevc/single.h" -I. \
    -D_WASI_EMULATED_SIGNAL -DHAVE_MALLOC_H -DHAVE_POSIX_MEMALIGN $link -o "$work/hevc.wasm" "$here"/hevc/*.cc \
    $(ls libde265/*.cc | grep -v -E '/(visualize|quality|image-io|threads)\.cc')

cd "$work/dav1d-1.5.4"
# Each row of superblocks is told to the host, who may end the decoding there.
sed -i '/^int dav1d_decode_tile_sbrow(/ {
    s/^/__attribute__((import_module("host"), import_name("progress"))) void progress(void);\n/
    s/$/\n    progress();/
}' src/decode.c
grep -q '^    progress();' src/decode.c
echo '#define DAV1D_VERSION "1.5.4"' > vcs_version.h
compile="$compile -ffast-math -I$here/av1 -I. -Iinclude -Iinclude/dav1d -Isrc"
for depth in 8 16; do
    for file in src/*_tmpl.c; do
        $zig cc $compile -DBITDEPTH=$depth -c "$file" -o "$work/$(basename "$file" .c)$depth.o"
    done
done
$zig cc $compile $link -o "$work/av1.wasm" "$here/av1/decode.c" "$work"/*.o \
    src/{cdf,cpu,ctx,data,decode,dequant_tables,getbits,intra_edge,itx_1d,lf_mask,lib,log,mem,msac}.c \
    src/{obu,pal,picture,qm,ref,refmvs,scan,tables,thread_task,warpmv,wedge}.c

for decoder in hevc av1; do
    gzip -9nc "$work/$decoder.wasm" > "$target/$decoder.wasm.gz"
done
cp "$work/libde265-1.1.3/COPYING" "$target/LICENSE.libde265"
cp "$work/dav1d-1.5.4/COPYING" "$target/LICENSE.dav1d"

# Of the compiler and its libraries, parts of which are in the modules.
licences=$(${PYTHON:-python3} -c '
import importlib.metadata as m
print(m.distribution("ziglang").locate_file("ziglang-0.15.2.dist-info/licenses/ziglang"))')
cp "$licences/LICENSE" "$target/LICENSE.zig"
cp "$licences/lib/libcxx/LICENSE.TXT" "$target/LICENSE.llvm"
wasi=$licences/lib/libc/wasi
for licence in LICENSE LICENSE-MIT libc-top-half/musl/COPYRIGHT libc-bottom-half/cloudlibc/LICENSE; do
    printf '==== %s\n\n' "$licence"
    cat "$wasi/$licence"
    echo
done > "$target/LICENSE.wasi-libc"
