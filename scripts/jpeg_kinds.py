"""Draws JPEG files of kinds that public repositories have and few encoders write."""

import re

import numpy as np
from PIL import Image
from reference_preprocessing import jpeg_sampled, jpeg_segments, painting, saved
from tiff_file import tiff, tiff_tags


def jpeg_kinds(width: int, height: int) -> list:
    """(name, content) of each kind; what is in them is what Pillow reads."""
    drawn = []

    def add(name: str, content: bytes) -> None:
        drawn.append((name, content))

    picture = painting(width, height)
    rgb = Image.fromarray(picture)

    # Components that are sampled each in its own way.
    for factors in [
        [(2, 2), (1, 1), (1, 2)], [(2, 2), (2, 1), (1, 1)], [(2, 1), (2, 1), (1, 1)], [(2, 2), (1, 1), (2, 2)],
        [(4, 1), (1, 1), (2, 1)], [(1, 1), (2, 2), (2, 2)], [(1, 2), (2, 1), (1, 1)],
    ]:
        name = ",".join(f"{across}x{down}" for across, down in factors)
        add(f"JPEG, sampled {name}", jpeg_sampled(picture, factors))
        add(f"JPEG, progressive, sampled {name}", jpeg_sampled(picture, factors, progressive=True))

    # Progressive files, whose scans end with the last bits of the picture.
    for quality, subsampling in [(95, 0), (75, 2), (30, 1)]:
        name = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}[subsampling]
        add(f"JPEG, progressive {name}", saved(rgb, "JPEG", quality=quality, subsampling=subsampling, progressive=True))
    add("JPEG, progressive, CMYK", saved(rgb.convert("CMYK"), "JPEG", quality=90, progressive=True))
    add("JPEG, progressive, restarts", saved(rgb, "JPEG", quality=90, progressive=True, restart_marker_blocks=3))

    # Restart intervals that are damaged, of a picture with enough of them.
    blocks = 96 * 64 // 64
    restarts = saved(Image.fromarray(painting(96, 64)), "JPEG", quality=85, subsampling=0, restart_marker_blocks=blocks // 24)
    head, *parts = re.split(rb"(\xff[\xd0-\xd7])", restarts)  # a marker before each interval but the first

    def joined(changed: list) -> bytes:
        return head + b"".join(changed)

    at = 2 * 4
    add("JPEG, marker of another restart interval", joined([*parts[:at], b"\xff\xd0", *parts[at + 1 :]]))
    add("JPEG, stray marker for that of a restart interval", joined([*parts[:at], b"\xff\x02", *parts[at + 1 :]]))
    middle = len(parts[at + 1]) // 2
    stray = parts[at + 1][:middle] + b"\xff\x02" + parts[at + 1][middle:]
    add("JPEG, stray marker in a restart interval", joined([*parts[: at + 1], stray, *parts[at + 2 :]]))
    add("JPEG, restart interval missing", joined(parts[:at] + parts[at + 2 :]))
    add("JPEG, restart interval twice", joined(parts[: at + 2] + parts[at:]))
    add("JPEG, stray marker that begins a table", joined([*parts[:at], b"\xff\xdb", *parts[at + 1 :]]))
    for kind, options in [("", {}), ("progressive, ", {"progressive": True})]:
        whole = saved(Image.fromarray(painting(96, 64)), "JPEG", quality=85, subsampling=0, **options)
        add(f"JPEG, {kind}half of it noise", half_noise(whole))

    # Tables and names.
    plain = saved(rgb, "JPEG", quality=85)
    add("JPEG, without Huffman tables", without(plain, 0xC4))
    for marker, first in [(0xC0, 10), (0xDA, 5)]:
        segment = next(segment for found, segment, _ in jpeg_segments(plain) if found == marker)
        step = 3 if marker == 0xC0 else 2
        named = bytearray(segment)
        named[first : first + 3 * step : step] = b"\1\1\1"
        plain = plain.replace(segment, bytes(named))
    add("JPEG, components of one name", plain)
    half = height // 2
    upper, lower = (saved(Image.fromarray(part), "JPEG", quality=85, subsampling=0) for part in (picture[:half], picture[half:]))
    tags = {**tiff_tags(width, height, [8] * 3, 6, 7), 278: ("long", [half])}
    add("TIFF, JPEG, tables in the first strip", tiff(tags, [upper, without(without(lower, 0xC4), 0xDB)]))
    add("TIFF, JPEG, without Huffman tables", tiff(tags, [without(upper, 0xC4), without(lower, 0xC4)]))
    return drawn


def without(content: bytes, marker: int) -> bytes:
    """A JPEG file without the segments of a marker."""
    for found, segment, _ in jpeg_segments(content):
        if found == marker:
            content = content.replace(segment, b"")
    return content


def half_noise(content: bytes) -> bytes:
    """A JPEG file with noise for the second half of its longest scan."""
    data = max((data for marker, _, data in jpeg_segments(content) if marker == 0xDA), key=len)
    middle = len(data) // 2
    noise = np.random.default_rng(3).integers(0, 255, len(data) - middle, np.uint8).tobytes()  # none begins a marker
    return content.replace(data, data[:middle] + noise)


def photo_of_a_screen(size: int) -> bytes:
    """A JPEG file of a picture that consists of stripes of red, green and blue."""
    shown = np.asarray(Image.fromarray(painting(160, 160)).resize((size, size), Image.Resampling.BICUBIC), np.float32)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    stripes = [(1 + np.cos(2 * np.pi * ((x + 0.02 * y) / (2.5 * max(size // 900, 1)) - channel / 3))) / 2 for channel in range(3)]
    return saved(Image.fromarray((shown * np.dstack(stripes)).astype(np.uint8)), "JPEG", quality=92, subsampling=0)
