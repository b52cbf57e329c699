"""Files of the kinds of HEIC and AVIF that public repositories were found to have.

The pictures are compressed by pillow-heif and Pillow, and then put into boxes here:
what phones, converters and test suites write has items that no encoder at hand makes.
"""

import io
import struct

import numpy as np
import pillow_heif
from PIL import Image, ImageFilter

pillow_heif.register_heif_opener()

BRANDS = (b"heic", b"mif1")


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), name) + body


def boxes(data: bytes) -> list:
    found = []
    while data:
        size, name = struct.unpack_from(">I4s", data)
        found.append((name, data[8:size]))
        data = data[size:]
    return found


def inside(data: bytes, *names: bytes) -> bytes:
    for name in names:
        data = dict(reversed(boxes(data)))[name]
        if name == b"meta":
            data = data[4:]
    return data


def full(name: bytes, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(name, struct.pack(">I", version << 24 | flags), *content)


def compressed(image: Image.Image, **options) -> tuple:
    """The bitstream that pillow-heif makes of a picture, and the properties its decoder needs."""
    out = io.BytesIO()
    image.save(out, "HEIF", quality=options.pop("quality", 95), **options)
    return bitstream(out.getvalue())


def bitstream(content: bytes) -> tuple:
    """The primary picture's bitstream in a file, and the properties its decoder needs."""
    meta = inside(content, b"meta")
    primary = struct.unpack(">H", inside(meta, b"pitm")[4:])[0]
    iloc = inside(meta, b"iloc")
    version, sizes, count = iloc[0], iloc[4], struct.unpack_from(">H", iloc, 6)[0]
    assert sizes == 0x44, sizes
    at = 8
    base_size = iloc[5] >> 4
    for _ in range(count):
        number = struct.unpack_from(">H", iloc, at)[0]
        method = struct.unpack_from(">H", iloc, at + 2)[0] if version else 0
        at += 4 + 2 * (version > 0)
        base = int.from_bytes(iloc[at : at + base_size], "big")
        at += base_size + 2
        start, length = struct.unpack_from(">II", iloc, at)
        at += 8
        if number == primary:
            source = inside(meta, b"idat") if method == 1 else content
            data = source[base + start : base + start + length]
    return data, [box(name, c) for name, c in boxes(inside(meta, b"iprp", b"ipco")) if name in (b"hvcC", b"ispe", b"clap")]


class Item:
    """A picture in a file: its data, properties, and references of four letters to others, by number from 1."""

    def __init__(self, kind: bytes, data: bytes, properties: list, inline: bool = False, **references):
        self.kind, self.data, self.inline, self.references = kind, data, inline, references
        self.properties = properties


def heif(items: list, primary: int = 1, major: bytes = b"heic", brands=BRANDS) -> bytes:
    """A file of items."""
    ftyp = box(b"ftyp", major, bytes(4), *brands)
    properties, associations = [], b""
    for number, item in enumerate(items, 1):
        associations += struct.pack(">HB", number, len(item.properties))
        for prop in item.properties:
            if prop not in properties:
                properties.append(prop)
            essential = prop[4:8] in (b"hvcC", b"av1C", b"irot", b"imir", b"clap")
            associations += bytes([essential << 7 | properties.index(prop) + 1])
    infos = [
        full(b"infe", struct.pack(">HH4sx", number, 0, item.kind), version=2, flags=int(number != primary))  # 1: hidden
        for number, item in enumerate(items, 1)
    ]
    references = [
        box(name.encode(), struct.pack(">HH", number, len(to)), struct.pack(f">{len(to)}H", *to))
        for number, item in enumerate(items, 1)
        for name, to in item.references.items()
    ]

    def meta(data_at: int) -> bytes:
        places, idat = b"", b""
        for number, item in enumerate(items, 1):
            start = len(idat) if item.inline else data_at
            places += struct.pack(">HHHHII", number, item.inline, 0, 1, start, len(item.data))
            if item.inline:
                idat += item.data
            else:
                data_at += len(item.data)
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", struct.pack(">H", primary)),
            full(b"iloc", b"\x44\0", struct.pack(">H", len(items)), places, version=1),
            full(b"iinf", struct.pack(">H", len(items)), *infos),
            full(b"iref", *references) if references else b"",
            box(b"iprp", box(b"ipco", *properties), full(b"ipma", struct.pack(">I", len(items)), associations)),
            box(b"idat", idat) if idat else b"",
        )

    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + box(b"mdat", *(item.data for item in items if not item.inline))


def nclx(matrix: int, full_range: bool) -> bytes:
    return box(b"colr", b"nclx", struct.pack(">HHHB", 1, 13, matrix, full_range << 7))


def coded(image: Image.Image, properties=(), **options) -> Item:
    data, needed = compressed(image, **options)
    return Item(b"hvc1", data, [*needed, *properties])


def size(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def alpha_kind() -> bytes:
    return full(b"auxC", b"urn:mpeg:hevc:2015:auxid:1\0")


def deep(picture: np.ndarray, mode: str) -> bytes:
    """A HEIC file of 10 bits."""
    wide = picture.astype(np.uint16) << 8 | picture
    made = pillow_heif.from_bytes(mode=mode, size=picture.shape[1::-1], data=wide.tobytes())
    out = io.BytesIO()
    made.save(out, quality=95, **({} if mode.startswith("L") else {"chroma": 444}))
    return out.getvalue()


def avif(image: Image.Image, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, "AVIF", **options)
    return out.getvalue()


def kinds(picture: np.ndarray, alpha: np.ndarray) -> list:
    """Names and contents of files; picture is [height, width, 3], alpha [height, width], of sides that 8 divides."""
    rgb, height, width = Image.fromarray(picture), *picture.shape[:2]
    grey = rgb.convert("L")
    made = []
    colour = {"chroma": 444}
    full_range = nclx(6, True)

    def add(name: str, content: bytes) -> None:
        made.append((name, content))

    for major in (b"mif1", b"msf1", b"heis"):
        add(f"HEIC, major brand {major.decode()}", heif([coded(rgb, [full_range], **colour)], major=major))
    for name, options in {
        "video range": {"full_range_flag": 0, "matrix_coefficients": 1},
        "all levels": {"full_range_flag": 1, "matrix_coefficients": 6},
        "GBR": {"matrix_coefficients": 0},
    }.items():
        add(f"HEIC, {name} by HEVC alone", heif([coded(rgb, **colour, **options)]))
    add("HEIC, grey, video range", heif([coded(grey, full_range_flag=0, matrix_coefficients=1)]))
    add("HEIC, 10 bits", deep(picture, "RGB;16"))
    add("HEIC, 10 bits, grey", deep(np.asarray(grey), "L;16"))
    odd = rgb.crop((0, 0, width - 1, height - 1))
    soft = odd.filter(ImageFilter.GaussianBlur(3))  # decoders enlarge chroma in their own ways
    add("HEIC, odd sides", heif([coded(odd, [full_range], **colour)]))
    add("HEIC, 4:2:2, odd sides", heif([coded(soft, [full_range], chroma=422)]))
    add("HEIC, 4:2:0, odd sides", heif([coded(soft, [full_range], chroma=420)]))

    opacity = Image.fromarray(alpha)
    for name, references in {"": {}, ", premultiplied": {"prem": [2]}}.items():
        shown = rgb
        if references:
            shown = Image.fromarray((picture.astype(np.uint16) * alpha[..., None] // 255).astype(np.uint8))
        for what, mask in {"": opacity, ", of half the size": opacity.resize((width // 2, height // 2))}.items():
            add(
                f"HEIC, alpha{name}{what}",
                heif([
                    coded(shown, [full_range], **colour) if not references else with_references(coded(shown, [full_range], **colour), references),
                    with_references(coded(mask, [alpha_kind()]), {"auxl": [1]}),
                ]),
            )

    half = (width // 2, height // 2)
    tiles = [coded(rgb.crop((x, y, x + half[0], y + half[1])), [full_range], **colour) for y in (0, half[1]) for x in (0, half[0])]
    layout = struct.pack(">BBBBHH", 0, 0, 1, 1, width - 3, height - 1)
    grid = Item(b"grid", layout, [size(width - 3, height - 1), full_range], dimg=[1, 2, 3, 4])
    add("HEIC, grid", heif([*tiles, grid], primary=5))
    inline = Item(b"grid", layout, [size(width - 3, height - 1)], inline=True, dimg=[1, 2, 3, 4])
    add("HEIC, grid in idat, colours of its tiles", heif([*tiles, inline], primary=5))
    layers = struct.pack(">BB4HHHhhhh", 0, 0, 65535, 0, 0, 65535, width, height, 0, 0, half[0] + 2, -4)
    overlay = Item(b"iovl", layers, [size(width, height), full_range], dimg=[1, 4])
    add("HEIC, overlay", heif([*tiles, overlay], primary=5))

    quarter, mirror = box(b"irot", b"\1"), [box(b"imir", bytes([axis])) for axis in (0, 1)]
    clean = box(b"clap", struct.pack(">IIIIiIiI", width - 8, 1, height - 4, 1, 2, 1, -1, 1))
    wide = box(b"clap", struct.pack(">IIIIiIiI", height - 4, 1, width - 8, 1, -1, 1, 2, 1))
    for name, transforms in {
        "turned": [quarter],
        "mirrored top to bottom": [mirror[0]],
        "mirrored left to right, then turned": [mirror[1], quarter],
        "turned, then mirrored": [quarter, mirror[1]],
        "cut": [clean],
        "cut, then turned": [clean, quarter],
        "turned, then cut": [quarter, wide],
    }.items():
        add(f"HEIC, {name}", heif([coded(rgb, [full_range, *transforms], **colour)]))
    other = Item(b"iden", b"", [size(height, width), mirror[1]], dimg=[1])
    add("HEIC, another item, mirrored", heif([coded(rgb, [full_range, quarter], **colour), other], primary=2))

    add("AVIF, grey", avif(grey.convert("RGB"), subsampling="4:0:0", quality=95))
    add("AVIF, alpha", avif(Image.fromarray(np.dstack([picture, alpha])), subsampling="4:4:4", quality=95))
    add("AVIF, YCgCo", ycgco(picture))
    return made


def with_references(item: Item, references: dict) -> Item:
    item.references = references
    return item


def ycgco(picture: np.ndarray) -> bytes:
    """An AVIF file of Y', Cg and Co: of the colours whose Y', Cb and Cr are these, renamed."""
    pale = 96 + picture.astype(float) / 4  # or these would be no colours
    red, green, blue = (pale[..., i] for i in range(3))
    luma = green / 2 + (red + blue) / 4
    planes = [luma, luma - (red + blue) / 2 + 128, (red - blue) / 2 + 128]
    renamed = Image.merge("YCbCr", [Image.fromarray(np.rint(plane).astype(np.uint8)) for plane in planes])
    content = avif(renamed.convert("RGB"), quality=100, subsampling="4:4:4")
    matrix = content.index(b"colrnclx") + 12
    return content[:matrix] + struct.pack(">H", 8) + content[matrix + 2 :]
