"""Cameras' raw files, and formats that are known by name only."""

import io
import struct

from PIL import Image
from reference_preprocessing import painting, saved

from .pictures import Kind, Pictures
from .tiff import tiff, tiff_tags


def raw_tiff(preview: bytes, compression: int = 7, **more) -> bytes:
    """A TIFF file of a black thumbnail, samples of a sensor, and a preview as JPEG."""
    sensor = tiff_tags(1200, 800, [16], 32803, compression, t254=("long", [0]))
    image = tiff_tags(1200, 800, [8] * 3, 6, 7, t254=("long", [1]))
    first = tiff_tags(16, 12, [8] * 3, 2, t254=("long", [1]), t330=("long", [0, 0]), **more)
    black = bytes(16 * 12 * 3)
    parts, starts, base = b"", [], len(tiff(first, [black]))
    for tags, block in [(sensor, bytes(100)), (image, preview)]:
        at = base + len(parts) + len(parts) % 2
        starts.append(at + 8)
        parts = parts.ljust(at - base, b"\0") + moved(tiff(tags, [block]), at)
    first[330] = ("long", starts)
    return tiff(first, [black]) + parts


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


def cr2(preview: bytes) -> bytes:
    """A CR2 file, whose first picture is the preview, without its other ones."""
    content = moved(tiff(tiff_tags(1200, 800, [8] * 3, 6, 6, t274=("short", [6])), [preview]), 8)
    return b"II*\0" + struct.pack("<I", 16) + b"CR\2\0" + bytes(4) + content[8:]


def rw2(preview: bytes) -> bytes:
    return b"IIU\0" + tiff({46: ("bytes", list(preview))}, [bytes(100)])[4:]


def raf(preview: bytes) -> bytes:
    return b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0") + struct.pack(">II", 92, len(preview)) + preview


def box(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + name + content


def cr3(preview: bytes, small: bytes) -> bytes:
    """A CR3 file: the preview as sample of a track, and a small one in a box."""
    turned = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, 6, 0, 0)
    metadata = box(b"uuid", bytes.fromhex("85c0b687820f11e08111f4ce462b6a48"), box(b"CMT1", turned))
    beside = box(b"uuid", bytes.fromhex("eaf42b5e1c984b88b9fbb7dc406e4d16"), bytes(8), box(b"PRVW", bytes(16), small))
    kind = box(b"ftyp", b"crx \0\0\0\1crx isom")

    def film(place: int) -> bytes:
        tables = box(b"stsz", struct.pack(">III", 0, len(preview), 1)) + box(b"co64", struct.pack(">IIQ", 0, 1, place))
        return box(b"moov", metadata, box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", tables)))))

    place = len(kind + film(0) + beside) + 8
    return kind + film(place) + beside + box(b"mdat", preview)


def kinds(of: Pictures):
    preview = saved(Image.fromarray(painting(640, 16)), "JPEG", quality=90)
    shown = Image.open(io.BytesIO(preview))
    turned = shown.transpose(Image.Transpose.ROTATE_270)
    thumbnail = saved(of.image, "JPEG", quality=90)
    version = {"t50706": ("byte", [1, 4, 0, 0])}
    nikon = {"t271": ("byte", list(b"NIKON CORPORATION\0"))}
    yield Kind("DNG, preview", raw_tiff(preview, **version), shown)
    yield Kind("DNG, thumbnail only", raw_tiff(thumbnail, **version))
    yield Kind("NEF, preview", raw_tiff(preview, 34713, **nikon), shown)
    yield Kind("NEF, thumbnail only", raw_tiff(thumbnail, 34713, **nikon))
    yield Kind("CR2, preview, turned", cr2(preview), turned)
    yield Kind("CR2, thumbnail only", cr2(thumbnail))
    yield Kind("CR3, preview, turned", cr3(preview, thumbnail), turned)
    yield Kind("CR3, thumbnail only", cr3(thumbnail, thumbnail))
    yield Kind("RW2, preview", rw2(preview), shown)
    yield Kind("RAF, preview", raf(preview), shown)
    yield Kind("ORF", b"IIRO\x08\0\0\0" + bytes(30))
    yield Kind("JPEG XL", b"\xff\x0a" + bytes(30))
    yield Kind("JPEG XL, in boxes", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(30))
    yield Kind("JPEG 2000", saved(of.image, "JPEG2000"))
    yield Kind("PSD", b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, of.height, of.width, 8, 3) + bytes(14))
