"""Prints what headstart and Pillow make of files of every kind that has been met.

    compare_wild.py [DIR...]       a row for each file in DIR, then one for each drawn kind
    compare_wild.py --write DIR    files of the drawn kinds for TestKinds

A row holds both words, "read" or why not, and how far headstart's pixels are from
what they should be: the picture that was drawn, or else what Pillow reads. Another
kind is another entry of kinds(), or of another module's function that main adds.
Needs Pillow and numpy, as scripts/requirements-peers.txt pins them.
"""

import argparse
import io
import json
import os
import struct
import sys
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy as np
from compare_imageio import SIDE, pillow_opens, tensors
from jpeg_kinds import jpeg_kinds, photo_of_a_screen
from PIL import Image
from reference_preprocessing import alpha_of, painting, reference, resize_and_crop, saved, upright_rgb
from tiff_file import tiff, tiff_tags


class Kind:
    """A file of one kind, and the picture in it where that is known."""

    def __init__(self, name: str, content: bytes, picture=None):
        self.name, self.content = name, content
        self.picture = None if picture is None else Image.fromarray(np.ascontiguousarray(picture, dtype=np.uint8)).convert("RGB")


def ycbcr_units(picture: np.ndarray, across: int, down: int) -> tuple:
    """Data units of subsampled Y'CbCr in a TIFF file, and the picture they hold."""
    height, width = picture.shape[0] // down * down, picture.shape[1] // across * across
    y, cb, cr = Image.fromarray(picture[:height, :width]).convert("YCbCr").split()
    small = (width // across, height // down)
    cb, cr = (plane.resize(small, Image.Resampling.BOX) for plane in (cb, cr))
    shown = Image.merge("YCbCr", [y, *(plane.resize((width, height), Image.Resampling.NEAREST) for plane in (cb, cr))])
    units = np.asarray(y).reshape(small[1], down, small[0], across).transpose(0, 2, 1, 3).reshape(small[1], small[0], -1)
    return np.dstack([units, np.asarray(cb), np.asarray(cr)]).tobytes(), np.asarray(shown.convert("RGB"))


def lzw_of_old(data: bytes) -> bytes:
    """LZW as TIFF files had it before 1991: bits from the lowest, without compression."""
    bits = count = 0
    out = bytearray()
    since = 0  # codes since the table was cleared; it never outgrows 9 bits

    def put(code: int) -> None:
        nonlocal bits, count
        bits |= code << count
        count += 9
        while count >= 8:
            out.append(bits & 255)
            bits >>= 8
            count -= 8

    put(256)
    for byte in data:
        if since == 200:
            put(256)
            since = 0
        put(byte)
        since += 1
    put(257)
    if count:
        out.append(bits & 255)
    return bytes(out)


def fax(picture: Image.Image, options: int, compression: int = 3) -> bytes:
    """A TIFF file of CCITT group 3 (options: 1 two-dimensional, 4 padded) or modified Huffman (2)."""
    name = {2: "tiff_ccitt", 3: "group3", 4: "group4"}[compression]
    return saved(picture, "TIFF", compression=name, tiffinfo={292: options} if compression == 3 else {})


def bmp(size: int, width: int, height: int, bits: int, compression: int, after: bytes, pixels: bytes, offset=None, **fields) -> bytes:
    """A BMP file whose second header has that size; fields are its numbers by offset (x20=...)."""
    header = bytearray(size)
    struct.pack_into("<IiiHHI", header, 0, size, width, height, 1, bits, compression)
    for at, value in fields.items():
        struct.pack_into("<I", header, int(at[1:]), value)
    start = 14 + size + len(after) if offset is None else offset
    return b"BM" + struct.pack("<IHHI", 14 + size + len(after) + len(pixels), 0, 0, start) + bytes(header) + after + pixels


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_with(content: bytes, chunk: bytes, before: bytes) -> bytes:
    at = content.index(before) - 4
    return content[:at] + chunk + content[at:]


def xmp(orientation: int) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()


def kinds(width: int, height: int) -> list:
    """The kinds that are drawn, but for JPEG and HEIC; sizes are multiples of 4."""
    drawn = []

    def add(name: str, content: bytes, picture=None) -> None:
        drawn.append(Kind(name, content, picture))

    picture = painting(width, height)
    rgb = Image.fromarray(picture)
    grey = np.asarray(rgb.convert("L"))
    alpha = alpha_of(picture)
    clear = np.zeros((height, width, 1), np.uint8)
    over_white = np.asarray(upright_rgb(Image.fromarray(np.dstack([picture, alpha]))))
    bilevel = rgb.convert("1", dither=Image.Dither.NONE)
    black = np.asarray(bilevel.convert("L"))

    # TIFF
    add("TIFF, big", tiff(tiff_tags(width, height, [8] * 3, 2), [picture.tobytes()], big=True), picture)
    add("TIFF, big, big-endian", tiff(tiff_tags(width, height, [8] * 3, 2), [picture.tobytes()], big=True, order=">"), picture)
    for across, down in [(2, 1), (2, 2), (4, 1), (4, 2), (4, 4), (1, 2)]:
        units, shown = ycbcr_units(picture, across, down)
        tags = tiff_tags(width, height, [8] * 3, 6, t530=("short", [across, down]))
        add(f"TIFF, Y'CbCr {across}x{down}", tiff(tags, [units]), shown)
        if across == down == 2:
            tags = tiff_tags(width, height, [8] * 3, 6, 8, t530=("short", [2, 2]))
            add("TIFF, Y'CbCr 2x2, deflate", tiff(tags, [zlib.compress(units)]), shown)
    add("TIFF, old LZW", tiff(tiff_tags(width, height, [8] * 3, 2, 5), [lzw_of_old(picture.tobytes())]), picture)
    rgba = np.dstack([picture, alpha])
    add("TIFF, fourth sample unnamed", tiff(tiff_tags(width, height, [8] * 4, 2), [rgba.tobytes()]), over_white)
    add("TIFF, fourth sample unnamed, all 0", tiff(tiff_tags(width, height, [8] * 4, 2), [np.dstack([picture, clear]).tobytes()]), picture)
    add("TIFF, fourth sample unspecified", tiff(tiff_tags(width, height, [8] * 4, 2, t338=("short", [0])), [rgba.tobytes()]), picture)
    for options in range(8):
        if options & 2 == 0:
            add(f"TIFF, group 3, options {options}", fax(bilevel, options), black)
    add("TIFF, modified Huffman", fax(bilevel, 0, 2), black)
    add("TIFF, group 4", fax(bilevel, 0, 4), black)
    unit = (grey / 255).astype("<f4")
    float_tag = {"t339": ("short", [3])}
    add("TIFF, float 0 to 1", tiff(tiff_tags(width, height, [32], 1, **float_tag), [unit.tobytes()]), grey)
    add("TIFF, float 0 to 255", tiff(tiff_tags(width, height, [32], 1, **float_tag), [(unit * 255).tobytes()]), grey)
    add("TIFF, half float", tiff(tiff_tags(width, height, [16], 1, **float_tag), [unit.astype("<f2").tobytes()]), grey)
    add("TIFF, double", tiff(tiff_tags(width, height, [64], 1, **float_tag), [unit.astype("<f8").tobytes()]), grey)
    floats = (picture / 255).astype("<f4")
    add("TIFF, float RGB", tiff(tiff_tags(width, height, [32] * 3, 2, t339=("short", [3] * 3)), [floats.tobytes()]), picture)
    signed = {"t339": ("short", [2])}
    add("TIFF, signed 16 bits", tiff(tiff_tags(width, height, [16], 1, **signed), [(grey.astype("<i2") * 128).tobytes()]), grey // 2)
    add("TIFF, signed 8 bits", tiff(tiff_tags(width, height, [8], 1, **signed), [(grey // 2).tobytes()]))
    lab = np.dstack([grey, clear, clear])
    add("TIFF, Lab, grey", tiff(tiff_tags(width, height, [8] * 3, 8), [lab.tobytes()]))
    a, b = (np.tile(np.linspace(-60, 60, n).astype(np.int8).reshape(s), t) for n, s, t in [(width, (1, -1), (height, 1)), (height, (-1, 1), (1, width))])
    coloured = np.dstack([np.full_like(grey, 150), a.view(np.uint8), b.view(np.uint8)])
    add("TIFF, Lab", tiff(tiff_tags(width, height, [8] * 3, 8), [coloured.tobytes()]))
    jpeg = saved(rgb, "JPEG", quality=90, subsampling=0)
    read = np.asarray(Image.open(io.BytesIO(jpeg)))
    old_jpeg = tiff_tags(width, height, [8] * 3, 6, 6, t513=("long", [0]), t514=("long", [len(jpeg)]), t530=("short", [1, 1]))
    old_jpeg[513] = ("long", [8 + 2 + 12 * (len(old_jpeg) + 2) + 4])
    add("TIFF, old JPEG", tiff(old_jpeg, [jpeg]), read)
    add("TIFF, JPEG, progressive", tiff(tiff_tags(width, height, [8] * 3, 6, 7), [saved(rgb, "JPEG", quality=90, subsampling=0, progressive=True)]), read)
    no_sizes = tiff(tiff_tags(width, height, [8], 1), [grey.tobytes()]).replace(struct.pack("<H", 279), struct.pack("<H", 280), 1)
    add("TIFF, sizes of strips missing", no_sizes, grey)

    # BMP
    upside = picture[::-1, :, ::-1]
    masks = {"x40": 0xFF0000, "x44": 0xFF00, "x48": 0xFF, "x52": 0xFF000000}
    for size in (56, 108, 124):
        add(f"BMP, header of {size}, all alpha 0", bmp(size, width, height, 32, 3, b"", np.dstack([upside, clear]).tobytes(), **masks), picture)
        add(f"BMP, header of {size}, alpha", bmp(size, width, height, 32, 3, b"", np.dstack([upside, alpha[::-1]]).tobytes(), **masks), over_white)
    greys = b"".join(bytes([i, i, i, 0]) for i in range(256))
    add("BMP, pixels said to lie in the palette", bmp(40, width, height, 8, 0, greys, grey[::-1].tobytes(), offset=54), grey)
    runs = b"".join(b"".join(b"\1" + bytes(pixel) for pixel in row) + b"\0\0" for row in upside) + b"\0\1"
    add("BMP, OS/2, runs of 24 bits", bmp(64, width, height, 24, 4, b"", runs), picture)
    strips = tiff_strips(fax(bilevel.transpose(Image.Transpose.FLIP_TOP_BOTTOM), 0))
    add("BMP, OS/2, Huffman", bmp(64, width, height, 1, 3, b"\0\0\0\0\xff\xff\xff\0", strips), black)
    add("DIB", bmp(40, width, height, 24, 0, b"", upside.tobytes())[14:], picture)

    # GIF
    palette = rgb.quantize(64)
    shown = np.asarray(palette.convert("RGB"))
    gif = saved(palette, "GIF", interlace=0)
    small_screen = bytearray(gif)
    struct.pack_into("<HH", small_screen, 6, width // 2, height // 2)
    add("GIF, frame larger than the screen", bytes(small_screen), shown)
    add("GIF, surplus data", gif_surplus(gif), shown)
    for wide in (9, 11):
        add(f"GIF, codes from {wide} bits", gif_plain(wide, np.asarray(palette), palette.getpalette()), shown)

    # PNG, WebP
    png = saved(palette, "PNG", transparency=255)
    trns = png_chunk(b"tRNS", b"\xff" * 63 + b"\0")
    plain = saved(palette, "PNG")
    right = png_with(plain, trns, b"IDAT")
    add("PNG, tRNS before PLTE", png_with(plain, trns, b"PLTE"), np.asarray(upright_rgb(Image.open(io.BytesIO(right)))))
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(6)
    turned = np.rot90(picture, 3)
    add("PNG, orientation in XMP", png_with(saved(rgb, "PNG"), png_chunk(b"iTXt", text), b"IDAT"), turned)
    squeezed = text[:18] + b"\1\0\0\0" + zlib.compress(xmp(6))
    add("PNG, orientation in compressed XMP", png_with(saved(rgb, "PNG"), png_chunk(b"iTXt", squeezed), b"IDAT"), turned)
    add("WebP, orientation in XMP", saved(rgb, "WEBP", lossless=True, xmp=xmp(6)), turned)
    add("TIFF, orientation in XMP", tiff(tiff_tags(width, height, [8] * 3, 2, t700=("byte", list(xmp(6)))), [picture.tobytes()]), turned)
    yellow = np.zeros((64, 64, 3), np.uint8)
    yellow[:, :32] = 255, 255, 0
    yellow[:, 32:] = 0, 0, 255
    add("WebP, strong yellow and blue", saved(Image.fromarray(yellow), "WEBP", quality=1), yellow)
    hidden = saved(Image.fromarray(np.dstack([picture, np.full_like(grey, 255)])), "WEBP", lossless=True)
    add("WebP, opaque", hidden, picture)

    # PNM
    plain_rgb = " ".join(map(str, picture.ravel())).encode()
    plain_grey = "\n".join(map(str, grey.ravel())).encode()
    header = f"{width} {height}\n".encode()
    add("PNM, P1", b"P1\n# plain\n" + header + "".join("1" if v == 0 else "0" for v in black.ravel()).encode(), black)
    add("PNM, P2", b"P2 " + header + b"255\n" + plain_grey, grey)
    add("PNM, P3", b"P3 " + header + b"255\n" + plain_rgb, picture)
    add("PNM, P4", b"P4 " + header + np.packbits(black == 0, axis=1).tobytes(), black)
    for depth, kind, samples, shown in [
        (1, "GRAYSCALE", grey, grey), (2, "GRAYSCALE_ALPHA", np.dstack([grey, np.full_like(grey, 255)]), grey),
        (3, "RGB", picture, picture), (4, "RGB_ALPHA", rgba, over_white),
    ]:
        head = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL 255\nTUPLTYPE {kind}\nENDHDR\n"
        add(f"PNM, PAM {kind}", head.encode() + samples.tobytes(), shown)
    head = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n"
    add("PNM, PAM BLACKANDWHITE", head.encode() + (black // 255).tobytes(), black)

    # What is named and not decoded, but for the photo in a camera's raw file.
    preview = saved(Image.fromarray(painting(640, 32)), "JPEG", quality=90)
    read = np.asarray(Image.open(io.BytesIO(preview)))
    add("DNG, large preview", dng(preview), read)
    add("DNG, thumbnail only", dng(saved(rgb, "JPEG", quality=90)))
    add("JPEG XL", b"\xff\x0a" + bytes(30))
    add("JPEG XL, in boxes", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(30))
    add("JPEG 2000", saved(rgb, "JPEG2000"))
    add("PSD", b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, height, width, 8, 3) + bytes(14))
    add("CR3", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(30))
    return drawn


def tiff_strips(content: bytes) -> bytes:
    image = Image.open(io.BytesIO(content))
    return b"".join(content[at : at + size] for at, size in zip(image.tag_v2[273], image.tag_v2[279]))


def gif_surplus(content: bytes) -> bytes:
    """Rows beyond the picture's end: its height is made smaller."""
    at = content.index(b",")
    while struct.unpack_from("<HH", content, at + 1) != (0, 0):
        at = content.index(b",", at + 1)
    return content[:-1] + b"\4more\0;"


def gif_plain(width_of_codes: int, indices: np.ndarray, palette: list) -> bytes:
    """A GIF file whose codes are a bit or more wider than any palette needs, cleared often."""
    height, width = indices.shape
    bits = count = 0
    out = bytearray()
    clear = 1 << width_of_codes
    codes = []
    for i, index in enumerate(indices.ravel()):
        if i % 100 == 0:
            codes.append(clear)
        codes.append(int(index))
    for code in [*codes, clear + 1]:
        bits |= code << count
        count += width_of_codes + 1
        while count >= 8:
            out.append(bits & 255)
            bits >>= 8
            count -= 8
    out.append(bits & 255)
    blocks = b"".join(bytes([len(out[i : i + 255])]) + out[i : i + 255] for i in range(0, len(out), 255))
    colours = bytes(palette).ljust(768, b"\0")[:768]
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + colours
    return screen + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + bytes([width_of_codes]) + blocks + b"\0;"


def dng(preview: bytes) -> bytes:
    """A DNG file: a black thumbnail, raw samples, and a preview as JPEG."""
    sensor = tiff_tags(1200, 800, [16], 32803, 7, t254=("long", [0]))
    image = tiff_tags(1200, 800, [8] * 3, 6, 7, t254=("long", [1]))
    first = tiff_tags(16, 12, [8] * 3, 2, t254=("long", [1]), t50706=("byte", [1, 4, 0, 0]), t330=("long", [0, 0]))
    parts = b""
    base = len(tiff(first, [bytes(16 * 12 * 3)]))
    starts = []
    for tags, block in [(sensor, bytes(100)), (image, preview)]:
        content = tiff(tags, [block])
        at = base + len(parts) + len(parts) % 2
        starts.append(at + 8)
        parts = parts.ljust(at - base, b"\0") + moved(content, at)
    first[330] = ("long", starts)
    return tiff(first, [bytes(16 * 12 * 3)]) + parts


def moved(content: bytes, by: int) -> bytes:
    """A little-endian TIFF file whose offsets count from somewhere else."""
    out = bytearray(content)
    for i in range(struct.unpack_from("<H", content, 8)[0]):
        at = 10 + 12 * i
        tag, kind, n = struct.unpack_from("<HHI", content, at)
        size = {1: 1, 3: 2, 4: 4}[kind] * n
        if size > 4 or tag == 273:
            struct.pack_into("<I", out, at + 8, struct.unpack_from("<I", content, at + 8)[0] + by)
    return bytes(out)


def rows(files: list) -> list:
    """For each (name, path, picture): name, headstart's word, Pillow's, levels, cosine."""
    _, reasons, pixels = tensors([path for _, path, _ in files])
    out = []
    for (name, path, picture), reason, ours in zip(files, reasons, pixels):
        kind, wrong = pillow_opens(path)
        theirs = wrong.removeprefix("Pillow: ")[:60] or f"read ({kind})"
        truth = None
        try:
            truth = reference(path, SIDE, SIDE, "bilinear") if picture is None else resize_and_crop(picture, SIDE, SIDE, "bilinear")
            if picture is not None and not wrong:
                theirs += f", {np.abs(reference(path, SIDE, SIDE, 'bilinear') - truth).mean():.1f}"
        except Exception as error:  # noqa: BLE001 (Pillow raises what it likes)
            theirs = f"{theirs}; {error}"[:60] if not wrong else theirs
        if reason or truth is None:
            out.append((name, reason or "read", theirs, "", ""))
            continue
        a, b = (np.asarray(x, np.float64).ravel() - 127.5 for x in (ours, truth))
        cosine = a @ b / max(np.sqrt((a @ a) * (b @ b)), 1e-9)
        out.append((name, "read", theirs, f"{np.abs(a - b).mean():.2f}", f"{cosine:.4f}"))
    return out


def write(folder: Path) -> None:
    """Writes the kinds, of a few pixels, and what is in them, for TestKinds."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    pictures, index = {}, []
    small = (24, 16)
    sets = {"": kinds(*small), "jpeg": [Kind(*drawn) for drawn in jpeg_kinds(*small)]}
    for file, kind in [(f"{name}{i:02}", kind) for name, drawn in sets.items() for i, kind in enumerate(drawn)]:
        (folder / file).write_bytes(kind.content)
        picture = kind.picture
        if picture is None:
            try:
                picture = upright_rgb(Image.open(io.BytesIO(kind.content)))
            except Exception:  # noqa: BLE001 (Pillow raises what it likes)
                picture = None
        want = ""
        if picture is not None:
            content = saved(picture, "PNG")
            want = pictures.setdefault(content, f"{file}.png")
            (folder / want).write_bytes(content)
        index.append({"name": kind.name, "file": file, "want": want})
    (folder / "index.json").write_text(json.dumps(index, indent="\t") + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write small files of the drawn kinds, and what is in them")
    arguments = parser.parse_args()
    if arguments.write:
        write(arguments.write)
        return
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    files = [(f.name, f, None) for d in arguments.folders for f in sorted(d.iterdir()) if f.suffix != ".md" and f.is_file()]
    with tempfile.TemporaryDirectory() as folder:
        large = (96, 64)
        screens = [Kind(f"JPEG, photo of a screen, {size} pixels", photo_of_a_screen(size)) for size in (900, 1800, 3600)]
        for i, drawn in enumerate([*kinds(*large), *(Kind(*drawn) for drawn in jpeg_kinds(*large)), *screens]):
            path = Path(folder, f"{i:03}")
            path.write_bytes(drawn.content)
            files.append((drawn.name, path, drawn.picture))
        errors = os.dup(2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff's complaints
        table = rows(files)
        os.dup2(errors, 2)
    print("| kind | headstart | Pillow, levels off where drawn | levels off | cosine |\n|---|---|---|---|---|")
    for row in table:
        print("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |")
    unread = sum(row[1] != "read" for row in table)
    print(f"{len(table)} kinds, {unread} not read", file=sys.stderr)


if __name__ == "__main__":
    main()
