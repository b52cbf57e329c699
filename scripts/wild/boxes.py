"""Boxes, as in HEIC and AVIF files: what phones, converters and test suites write has items
that no encoder at hand makes.
"""

import struct

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
