"""Writes extractor/imageio/testdata/tiny: one picture of a few pixels in each
format and coding, as small as Pillow makes them. Fuzzing starts from them, and is
fast only where seeds are small. Needs Pillow, as scripts/requirements-peers.txt
pins it.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

OUT = Path(__file__).parent.parent / "extractor/imageio/testdata/tiny"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def interlaced_png() -> bytes:
    """Four 16-bit grey pixels, of which passes 1, 6 and 7 hold one, one and two."""
    header = struct.pack(">IIBBBBB", 2, 2, 16, 0, 0, 0, 1)
    rows = b"\0\1\2" + b"\0\3\4" + b"\0\5\6\7\10"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def main() -> None:
    OUT.mkdir(exist_ok=True)
    pixels = np.random.default_rng(1).integers(0, 256, (4, 5, 4), dtype=np.uint8)
    rgba = Image.fromarray(pixels)
    rgb, grey = rgba.convert("RGB"), rgba.convert("L")
    wide = rgb.resize((17, 9))
    palette = rgb.quantize(4)
    for name, image, options in [
        ("baseline.jpg", wide, {"quality": 5, "optimize": True}),
        ("progressive.jpg", wide, {"quality": 5, "progressive": True}),
        ("grey.jpg", grey, {"quality": 5, "optimize": True}),
        ("cmyk.jpg", rgb.convert("CMYK"), {"quality": 5, "optimize": True}),
        ("rgba.png", rgba, {}),
        ("palette.png", palette, {"bits": 2}),
        ("palette.gif", palette, {}),
        ("lossy.webp", rgb, {"quality": 0}),
        ("alpha.webp", rgba, {"quality": 0}),
        ("lossless.webp", rgb, {"lossless": True}),
        ("rgb.bmp", rgb, {}),
        ("raw.tif", rgb, {}),
        ("lzw.tif", rgb, {"compression": "tiff_lzw"}),
        ("deflate.tif", rgb, {"compression": "tiff_adobe_deflate"}),
        ("packbits.tif", grey, {"compression": "packbits"}),
        ("jpeg.tif", grey, {"compression": "jpeg", "quality": 5}),
        ("group4.tif", grey.convert("1"), {"compression": "group4"}),
        ("rgb.ppm", rgb, {}),
    ]:
        image.save(OUT / name, **options)
    (OUT / "interlaced.png").write_bytes(interlaced_png())


main()
