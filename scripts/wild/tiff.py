"""TIFF files."""

import io
import re
import struct
import zlib

import numpy as np
from PIL import Image
from reference_preprocessing import saved

from .pictures import Kind, Pictures, xmp


def tiff(tags: dict, blocks: list, big: bool = False, order: str = "<") -> bytes:
    """A TIFF file of one directory. Tags are (type, numbers); blocks are its strips."""
    types = {"byte": (1, "B"), "short": (3, "H"), "long": (4, "I"), "rational": (5, "II"), "bytes": (7, "B"), "long8": (16, "Q")}
    word, head = ("Q", 16) if big else ("I", 8)
    entry, inline = (20, 8) if big else (12, 4)
    tags = {**tags, 273: ("long", [0] * len(blocks)), 279: ("long", [len(b) for b in blocks])}
    at = head + struct.calcsize("<Q" if big else "<H") + entry * len(tags) + inline
    starts, body = [], b""
    for block in blocks:
        starts.append(at + len(body))
        body += block + b"\0" * (len(block) % 2)
    tags[273] = ("long", starts)
    directory = struct.pack(order + ("Q" if big else "H"), len(tags))
    for tag in sorted(tags):
        kind, numbers = tags[tag]
        code, letters = types[kind]
        value = struct.pack(order + letters * (len(numbers) // len(letters)), *numbers)
        directory += struct.pack(order + "HH" + word, tag, code, len(numbers) // len(letters))
        if len(value) > inline:
            directory += struct.pack(order + word, at + len(body))
            body += value + b"\0" * (len(value) % 2)
        else:
            directory += value.ljust(inline, b"\0")
    mark = b"II" if order == "<" else b"MM"
    header = struct.pack(order + "HHHQ", 43, 8, 0, 16) if big else struct.pack(order + "HI", 42, 8)
    return mark + header + directory + struct.pack(order + word, 0) + body


def tiff_tags(width: int, height: int, bits: list, photometric: int, compression: int = 1, **more) -> dict:
    tags = {
        256: ("long", [width]), 257: ("long", [height]), 258: ("short", bits), 259: ("short", [compression]),
        262: ("short", [photometric]), 277: ("short", [len(bits)]), 278: ("long", [height]),
    }
    return {**tags, **{int(tag[1:]): value for tag, value in more.items()}}


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


def strips_of(content: bytes) -> bytes:
    image = Image.open(io.BytesIO(content))
    return b"".join(content[at : at + size] for at, size in zip(image.tag_v2[273], image.tag_v2[279]))


def marks_removed(content: bytes, pad: int = 0) -> bytes:
    """Group 3 without marks between its rows, which begin at multiples of that many bits."""
    bits = "".join(f"{byte:08b}" for byte in strips_of(content))
    rows = re.split("0{11}1", bits)[1:]
    return packed("".join(row + "0" * (-len(row) % pad if pad else 0) for row in rows if row.strip("0")))


def packed(bits: str) -> bytes:
    return int(bits + "0" * (-len(bits) % 8), 2).to_bytes((len(bits) + 7) // 8)


def jpeg_segments(content: bytes) -> list:
    """(marker, segment) of each to the scan, whose entropy-coded data is the last one's."""
    at, found = 2, []
    while not found or found[-1][0] != 0xDA:
        size = struct.unpack_from(">H", content, at + 2)[0] + 2
        found.append((content[at + 1], content[at : at + size]))
        at += size
    return [*found, (0, content[at:])]


def kinds(of: Pictures):
    yield from sample_kinds(of)
    yield from colour_kinds(of)
    yield from fax_kinds(of)
    yield from jpeg_kinds(of)
    yield from refused_kinds(of)


def sample_kinds(of: Pictures):
    """Kinds of numbers, and of laying them out."""

    def made(samples: np.ndarray, compression: int = 1, block: bytes = b"", **more) -> bytes:
        deep = samples.shape[2] if samples.ndim == 3 else 1
        tags = tiff_tags(of.width, of.height, [8 * samples.itemsize] * deep, 2 if deep > 2 else 1, compression, **more)
        return tiff(tags, [block or samples.tobytes()])

    rgb = tiff_tags(of.width, of.height, [8] * 3, 2)
    yield Kind("TIFF, big", tiff(rgb, [of.colour.tobytes()], big=True), of.colour)
    yield Kind("TIFF, big, big-endian", tiff(rgb, [of.colour.tobytes()], big=True, order=">"), of.colour)
    yield Kind("TIFF, old LZW", made(of.colour, 5, lzw_of_old(of.colour.tobytes())), of.colour)
    yield Kind("TIFF, fourth sample unnamed", made(of.rgba), of.over_white)
    yield Kind("TIFF, fourth sample unnamed, all 0", made(np.dstack([of.colour, of.none])), of.colour)
    yield Kind("TIFF, fourth sample unspecified", made(of.rgba, t338=("short", [0])), of.colour)
    unit, floats = (of.grey / 255).astype("<f4"), {"t339": ("short", [3])}
    yield Kind("TIFF, float 0 to 1", made(unit, **floats), of.grey)
    yield Kind("TIFF, float 0 to 255", made(unit * 255, **floats), of.grey)
    yield Kind("TIFF, half float", made(unit.astype("<f2"), **floats), of.grey)
    yield Kind("TIFF, double", made(unit.astype("<f8"), **floats), of.grey)
    yield Kind("TIFF, float RGB", made((of.colour / 255).astype("<f4"), t339=("short", [3] * 3)), of.colour)
    parted = unit.astype(">f4").view(np.uint8).reshape(of.height, of.width, 4).transpose(0, 2, 1).reshape(of.height, -1)
    differences = np.diff(parted, axis=1, prepend=np.zeros((of.height, 1), np.uint8))
    predicted = zlib.compress(differences.tobytes())
    yield Kind("TIFF, float with prediction", made(unit, 8, predicted, t317=("short", [3]), **floats), of.grey)
    signed = {"t339": ("short", [2])}
    yield Kind("TIFF, signed 16 bits", made(of.grey.astype("<i2") * 128, **signed), of.grey // 2)
    yield Kind("TIFF, signed 8 bits", made(of.grey // 2, **signed))
    yield Kind("TIFF, 32 bits up to 255", made(of.grey.astype("<u4")), of.grey)
    yield Kind("TIFF, 32 bits up to 65535", made(of.grey.astype("<u4") * 257), of.grey)
    yield Kind("TIFF, 32 bits", made(of.grey.astype("<u4") * 0x1010101), of.grey)
    no_sizes = made(of.grey).replace(struct.pack("<H", 279), struct.pack("<H", 280), 1)
    yield Kind("TIFF, sizes of strips missing", no_sizes, of.grey)
    turned = made(of.colour, t700=("byte", list(xmp(6))))
    yield Kind("TIFF, orientation in XMP", turned, np.rot90(of.colour, 3))


def colour_kinds(of: Pictures):
    for across, down in [(2, 1), (2, 2), (4, 1), (4, 2), (4, 4), (1, 2)]:
        units, shown = ycbcr_units(of.colour, across, down)
        size = {"t530": ("short", [across, down])}
        yield Kind(f"TIFF, Y'CbCr {across}x{down}", tiff(tiff_tags(of.width, of.height, [8] * 3, 6, **size), [units]), shown)
        if across == down == 2:
            tags = tiff_tags(of.width, of.height, [8] * 3, 6, 8, **size)
            yield Kind("TIFF, Y'CbCr 2x2, deflate", tiff(tags, [zlib.compress(units)]), shown)
    three = tiff_tags(of.width, of.height, [8] * 3, 8)
    yield Kind("TIFF, Lab, grey", tiff(three, [np.dstack([of.grey, of.none, of.none]).tobytes()]))
    a, b = (np.rint(60 * axis).astype(np.int8) for axis in np.meshgrid(np.linspace(-1, 1, of.width), np.linspace(-1, 1, of.height)))
    lab = np.dstack([np.full_like(of.grey, 150), a.view(np.uint8), b.view(np.uint8)])
    content = tiff(three, [lab.tobytes()])
    yield Kind("TIFF, Lab", content)
    shown = Image.open(io.BytesIO(content)).convert("RGB")
    deep = np.dstack([np.full(a.shape, 150 * 257, "<u2"), *((x.astype("<i2") * 256).view("<u2") for x in (a, b))])
    signed = {"t339": ("short", [2] * 3)}
    yield Kind("TIFF, Lab, 16 bits", tiff(tiff_tags(of.width, of.height, [16] * 3, 8, **signed), [deep.tobytes()]), shown)
    lab[..., 1:] += 128
    yield Kind("TIFF, Lab of ICC", tiff(tiff_tags(of.width, of.height, [8] * 3, 9), [lab.tobytes()]), shown)


def fax_kinds(of: Pictures):
    for options in (0, 1, 4, 5):
        yield Kind(f"TIFF, group 3, options {options}", fax(of.bilevel, options), of.black)
    yield Kind("TIFF, modified Huffman", fax(of.bilevel, 0, 2), of.black)
    yield Kind("TIFF, group 4", fax(of.bilevel, 0, 4), of.black)
    for options, name in [(0, "one dimension"), (1, "two dimensions")]:
        tags = tiff_tags(of.width, of.height, [1], 1, 3, t292=("long", [options]))
        bare = marks_removed(fax(of.bilevel, options))
        yield Kind(f"TIFF, group 3 of {name} without marks", tiff(tags, [bare]), of.black)
    words = marks_removed(fax(of.bilevel, 0), pad=16)
    yield Kind("TIFF, modified Huffman in words", tiff(tiff_tags(of.width, of.height, [1], 1, 32771), [words]), of.black)


def jpeg_kinds(of: Pictures):
    size = {"t530": ("short", [1, 1])}
    encoded = {"quality": 90, "subsampling": 0}
    whole = saved(of.image, "JPEG", **encoded)
    shown = Image.open(io.BytesIO(whole))
    old = tiff_tags(of.width, of.height, [8] * 3, 6, 6, t513=("long", [0]), t514=("long", [len(whole)]), **size)
    old[513] = ("long", [tiff(old, [whole]).index(whole)])
    yield Kind("TIFF, old JPEG", tiff(old, [whole]), shown)
    progressive = saved(of.image, "JPEG", progressive=True, **encoded)
    yield Kind("TIFF, JPEG, progressive", tiff(tiff_tags(of.width, of.height, [8] * 3, 6, 7), [progressive]), shown)

    rows = 8
    strips = [saved(of.image.crop((0, y, of.width, y + rows)), "JPEG", **encoded) for y in range(0, of.height, rows)]
    shown = np.vstack([np.asarray(Image.open(io.BytesIO(strip))) for strip in strips])
    segments = [jpeg_segments(strip) for strip in strips]
    bare = [b"\xff\xd8" + b"".join(part for marker, part in strip if marker not in (0xC4, 0xDB)) for strip in segments]
    tags = tiff_tags(of.width, of.height, [8] * 3, 6, 7, **size)
    tags[278] = ("long", [rows])
    yield Kind("TIFF, JPEG tables carried between strips", tiff(tags, [strips[0], *bare[1:]]), shown)

    tables = {}  # by class (0 quantisation, 1 of DC, 2 of AC) and number
    for marker, part in segments[0]:
        if marker == 0xDB:
            tables[0, part[4] & 15] = part[5:]
        elif marker == 0xC4:
            tables[1 + (part[4] >> 4), part[4] & 15] = part[5:]
    pointers = {"t519": ("long", [0] * 3), "t520": ("long", [0] * 3), "t521": ("long", [0] * 3)}
    tags = {**tiff_tags(of.width, of.height, [8] * 3, 6, 6, t512=("short", [1]), **size, **pointers), 278: ("long", [rows])}
    blocks = [strip[-1][1].removesuffix(b"\xff\xd9") for strip in segments]
    at = len(tiff(tags, blocks))
    for kind in range(3):
        tags[519 + kind] = ("long", [at + sum(len(tables[k]) for k in sorted(tables) if k < (kind, number)) for number in (0, 1, 1)])
    content = tiff(tags, blocks) + b"".join(tables[k] for k in sorted(tables))
    yield Kind("TIFF, old JPEG of tables", content, shown)


def refused_kinds(of: Pictures):
    """Kinds that are not read, each for a reason that it states."""
    block = [of.grey.tobytes()]
    for compression, name in [(50000, "Zstandard"), (34925, "LZMA"), (50001, "WebP"), (34887, "LERC"), (33005, "JPEG 2000")]:
        yield Kind(f"TIFF, {name}", tiff(tiff_tags(of.width, of.height, [8], 1, compression), block))
    whole = saved(of.image, "JPEG")
    yield Kind("TIFF, JPEG of 12 bits", tiff(tiff_tags(of.width, of.height, [12] * 3, 6, 7), [whole]))
    yield Kind("TIFF, 64 bits", tiff(tiff_tags(of.width, of.height, [64], 1), 8 * block))
    yield Kind("TIFF, complex numbers", tiff(tiff_tags(of.width, of.height, [64], 1, t339=("short", [6])), 8 * block))
    large = (of.grey * 200.0).astype("<f4").tobytes()
    yield Kind("TIFF, float above 255", tiff(tiff_tags(of.width, of.height, [32], 1, t339=("short", [3])), [large]))
    lab = tiff_tags(of.width, of.height, [32] * 3, 8, t339=("short", [3] * 3))
    yield Kind("TIFF, Lab, float", tiff(lab, [bytes(12 * of.width * of.height)]))
    yield Kind("TIFF, LogLuv", tiff(tiff_tags(of.width, of.height, [16] * 3, 32845, 34676), block))
    planes = tiff_tags(of.width, of.height, [8] * 3, 6, t284=("short", [2]), t530=("short", [2, 2]))
    yield Kind("TIFF, Y'CbCr 2x2 in planes", tiff(planes, 3 * block))
