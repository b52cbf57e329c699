"""JPEG files of kinds that few encoders write. What is in them is what Pillow reads."""

import re

import numpy as np
from PIL import Image
from reference_preprocessing import jpeg_sampled, jpeg_segments, painting, saved

from .pictures import Kind, Pictures
from .tiff import tiff, tiff_tags


def kinds(of: Pictures):
    yield from sampled_kinds(of)
    yield from progressive_kinds(of)
    yield from damaged_kinds()
    yield from table_kinds(of)


def sampled_kinds(of: Pictures):
    """Components that are sampled each in its own way."""
    for factors in [
        [(2, 2), (1, 1), (1, 2)], [(2, 2), (2, 1), (1, 1)], [(2, 1), (2, 1), (1, 1)], [(2, 2), (1, 1), (2, 2)],
        [(4, 1), (1, 1), (2, 1)], [(1, 1), (2, 2), (2, 2)], [(1, 2), (2, 1), (1, 1)],
    ]:
        name = ",".join(f"{across}x{down}" for across, down in factors)
        yield Kind(f"JPEG, sampled {name}", jpeg_sampled(of.colour, factors))
        yield Kind(f"JPEG, progressive, sampled {name}", jpeg_sampled(of.colour, factors, progressive=True))


def progressive_kinds(of: Pictures):
    """Files whose scans end with the last bits of the picture."""
    for quality, subsampling in [(95, "4:4:4"), (75, "4:2:0"), (30, "4:2:2")]:
        content = saved(of.image, "JPEG", quality=quality, subsampling=subsampling, progressive=True)
        yield Kind(f"JPEG, progressive {subsampling}", content)
    yield Kind("JPEG, progressive, CMYK", saved(of.image.convert("CMYK"), "JPEG", quality=90, progressive=True))
    restarts = saved(of.image, "JPEG", quality=90, progressive=True, restart_marker_blocks=3)
    yield Kind("JPEG, progressive, restarts", restarts)


def damaged_kinds():
    """Damage to a picture of 24 restart intervals, of which one may be lost, and to half a picture."""
    picture = Image.fromarray(painting(96, 64))
    encoded = {"quality": 85, "subsampling": 0}
    parts = re.split(rb"(\xff[\xd0-\xd7])", saved(picture, "JPEG", restart_marker_blocks=4, **encoded))
    at, inside = 2 * 4 + 1, 20  # a marker, and bytes into the interval after it

    def replaced(i: int, *content: bytes) -> bytes:
        return b"".join([*parts[:i], *content, *parts[i + 1 :]])

    yield Kind("JPEG, marker of another restart interval", replaced(at, b"\xff\xd0"))
    yield Kind("JPEG, stray marker for that of a restart interval", replaced(at, b"\xff\x02"))
    stray = parts[at + 1][:inside] + b"\xff\x02" + parts[at + 1][inside:]
    yield Kind("JPEG, stray marker in a restart interval", replaced(at + 1, stray))
    yield Kind("JPEG, restart interval missing", b"".join(parts[:at] + parts[at + 2 :]))
    yield Kind("JPEG, restart interval twice", b"".join(parts[: at + 2] + parts[at:]))
    yield Kind("JPEG, stray marker that begins a table", replaced(at, b"\xff\xdb"))
    for name, options in [("", {}), ("progressive, ", {"progressive": True})]:
        yield Kind(f"JPEG, {name}half of it noise", half_noise(saved(picture, "JPEG", **encoded, **options)))


def table_kinds(of: Pictures):
    """Huffman tables that are missing, and components that have one name."""
    content = saved(of.image, "JPEG", quality=85)
    yield Kind("JPEG, without Huffman tables", without(content, 0xC4))
    for marker, first, step in [(0xC0, 10, 3), (0xDA, 5, 2)]:
        segment = next(segment for found, segment, _ in jpeg_segments(content) if found == marker)
        named = bytearray(segment)
        named[first : first + 3 * step : step] = b"\1\1\1"
        content = content.replace(segment, bytes(named))
    yield Kind("JPEG, components of one name", content)
    strip = without(saved(of.image, "JPEG", quality=85, subsampling=0), 0xC4)
    yield Kind("TIFF, JPEG without Huffman tables", tiff(tiff_tags(of.width, of.height, [8] * 3, 6, 7), [strip]))


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


def screens():
    """Large pictures that consist of stripes of red, green and blue, as photos of screens do."""
    for size in (900, 1400, 2800):
        yield Kind(f"JPEG, photo of a screen, {size} pixels", photo_of_a_screen(size))


def photo_of_a_screen(size: int) -> bytes:
    shown = np.asarray(Image.fromarray(painting(160, 160)).resize((size, size), Image.Resampling.BICUBIC), np.float32)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    stripes = [(1 + np.cos(2 * np.pi * ((x + 0.02 * y) / 2.5 - channel / 3))) / 2 for channel in range(3)]
    return saved(Image.fromarray((shown * np.dstack(stripes)).astype(np.uint8)), "JPEG", quality=92, subsampling=0)
