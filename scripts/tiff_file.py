"""Writes TIFF files tag by tag."""

import struct


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
