"""HEIC and AVIF files. The pictures are compressed by pillow-heif and Pillow, which also say
what is in them: no other encoder is at hand.
"""

import io
import struct

import numpy as np
import pillow_heif
from PIL import Image, ImageFilter

from .boxes import Item, bitstream, box, full, heif
from .pictures import Kind, Pictures

pillow_heif.register_heif_opener()


def compressed(image: Image.Image, **options) -> tuple:
    """The bitstream that pillow-heif makes of a picture, and the properties its decoder needs."""
    out = io.BytesIO()
    image.save(out, "HEIF", quality=options.pop("quality", 95), **options)
    return bitstream(out.getvalue())


def nclx(matrix: int, full_range: bool) -> bytes:
    return box(b"colr", b"nclx", struct.pack(">HHHB", 1, 13, matrix, full_range << 7))


def coded(image: Image.Image, properties=(), references=None, **options) -> Item:
    data, needed = compressed(image, **options)
    return Item(b"hvc1", data, [*needed, *properties], **(references or {}))


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


def kinds(of: Pictures) -> list[Kind]:
    rgb, picture, alpha, width, height = of.image, of.colour, of.alpha, of.width, of.height
    grey = Image.fromarray(of.grey)
    made = []
    colour = {"chroma": 444}
    full_range = nclx(6, True)

    def add(name: str, content: bytes) -> None:
        made.append(Kind(name, content))

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

    faded = Image.fromarray((picture.astype(np.uint16) * alpha[..., None] // 255).astype(np.uint8))
    opacity = Image.fromarray(alpha)
    for name, shown, references in [("alpha", rgb, {}), ("alpha, premultiplied", faded, {"prem": [2]})]:
        for what, mask in [("", opacity), (", of half the size", opacity.resize((width // 2, height // 2)))]:
            items = [coded(shown, [full_range], references, **colour), coded(mask, [alpha_kind()], {"auxl": [1]})]
            add(f"HEIC, {name}{what}", heif(items))

    half = (width // 2, height // 2)
    tiles = [coded(rgb.crop((x, y, x + half[0], y + half[1])), [full_range], **colour) for y in (0, half[1]) for x in (0, half[0])]
    layout = struct.pack(">BBBBHH", 0, 0, 1, 1, width - 3, height - 1)
    grid = Item(b"grid", layout, [size(width - 3, height - 1), full_range], dimg=[1, 2, 3, 4])
    add("HEIC, grid", heif([*tiles, grid], primary=5))
    inline = Item(b"grid", layout, [size(width - 3, height - 1)], inline=True, dimg=[1, 2, 3, 4])
    add("HEIC, grid in idat, colours of its tiles", heif([*tiles, inline], primary=5))
    greys = [coded(tile, [full_range]) for tile in (grey.crop((0, 0, half[0], height)), grey.crop((half[0], 0, width, height)))]
    row = struct.pack(">BBBBHH", 0, 0, 0, 1, width, height)
    add("HEIC, grid, grey", heif([*greys, Item(b"grid", row, [size(width, height), full_range], dimg=[1, 2])], primary=3))
    over = struct.pack(">BB4HHHhhhh", 0, 0, 0, 0, 0, 65535, width, height, half[0], 0, 0, 0)
    add("HEIC, overlay, grey", heif([*greys, Item(b"iovl", over, [size(width, height), full_range], dimg=[2, 1])], primary=3))
    masks = [coded(opacity.crop((x, 0, x + half[0], height)), [full_range]) for x in (0, half[0])]
    shown = [coded(rgb, [full_range], **colour), *masks]
    mask = Item(b"grid", row, [size(width, height), alpha_kind()], dimg=[2, 3], auxl=[1])
    add("HEIC, alpha in a grid", heif([*shown, mask]))
    layers = struct.pack(">BB4HHHhhhh", 0, 0, 65535, 0, 0, 65535, width, height, 0, 0, half[0] + 2, -4)
    overlay = Item(b"iovl", layers, [size(width, height), full_range], dimg=[1, 4])
    add("HEIC, overlay", heif([*tiles, overlay], primary=5))

    quarter, mirror = box(b"irot", b"\1"), [box(b"imir", bytes([axis])) for axis in (0, 1)]
    clean = box(b"clap", struct.pack(">IIIIiIiI", width - 8, 1, height - 4, 1, 2, 1, -1, 1))
    between = box(b"clap", struct.pack(">IIIIiIiI", width - 9, 1, height - 5, 1, 0, 1, 0, 1))
    wide = box(b"clap", struct.pack(">IIIIiIiI", height - 4, 1, width - 8, 1, -1, 1, 2, 1))
    for name, transforms in {
        "turned": [quarter],
        "mirrored top to bottom": [mirror[0]],
        "mirrored left to right, then turned": [mirror[1], quarter],
        "turned, then mirrored": [quarter, mirror[1]],
        "cut": [clean],
        "cut between pixels": [between],
        "cut, then turned": [clean, quarter],
        "turned, then cut": [quarter, wide],
    }.items():
        add(f"HEIC, {name}", heif([coded(rgb, [full_range, *transforms], **colour)]))
    # Transparency is laid on what is stored: only the picture's own turn counts. Pillow lays it on what is shown.
    for name, turns in {"picture turned": [], "both turned": [quarter], "turned in another way": [mirror[0]]}.items():
        stored = coded(rgb, [quarter], chroma=444, quality=-1, matrix_coefficients=0)
        items = [stored, coded(opacity, [alpha_kind(), *turns], {"auxl": [1]}, quality=-1)]
        made.append(Kind(f"HEIC, alpha, {name}", heif(items), np.rot90(of.over_white)))
    other = Item(b"iden", b"", [size(height, width), mirror[1]], dimg=[1])
    add("HEIC, another item, mirrored", heif([coded(rgb, [full_range, quarter], **colour), other], primary=2))

    add("AVIF, grey", avif(grey.convert("RGB"), subsampling="4:0:0", quality=95))
    add("AVIF, alpha", avif(Image.fromarray(np.dstack([picture, alpha])), subsampling="4:4:4", quality=95))
    add("AVIF, YCgCo", ycgco(picture))
    add("AVIF, YCgCo 4:2:0", ycgco(np.asarray(soft), "4:2:0"))
    made.append(Kind("HEIC, YCgCo-Re", ycgco_re(picture), picture))
    return made


def ycgco(picture: np.ndarray, subsampling: str = "4:4:4") -> bytes:
    """An AVIF file of Y', Cg and Co: of the colours whose Y', Cb and Cr are these, renamed."""
    pale = 96 + picture.astype(float) / 4  # or these would be no colours
    red, green, blue = (pale[..., i] for i in range(3))
    luma = green / 2 + (red + blue) / 4
    planes = [luma, luma - (red + blue) / 2 + 128, (red - blue) / 2 + 128]
    renamed = Image.merge("YCbCr", [Image.fromarray(np.rint(plane).astype(np.uint8)) for plane in planes])
    content = avif(renamed.convert("RGB"), quality=100, subsampling=subsampling)
    matrix = content.index(b"colrnclx") + 12
    return content[:matrix] + struct.pack(">H", 8) + content[matrix + 2 :]


def ycgco_re(picture: np.ndarray) -> bytes:
    """A HEIC file of Y', Cg and Co without loss, which have 10 bits; they are compressed as green, blue and red."""
    red, green, blue = (picture[..., i].astype(int) for i in range(3))
    co = red - blue
    t = blue + (co >> 1)
    cg = green - t
    planes = np.dstack([co + 512, t + (cg >> 1), cg + 512]).astype(np.uint16) << 6
    made = pillow_heif.from_bytes(mode="RGB;16", size=picture.shape[1::-1], data=planes.tobytes())
    out = io.BytesIO()
    made.save(out, quality=-1, chroma=444, matrix_coefficients=0)  # without loss
    data, needed = bitstream(out.getvalue())
    return heif([Item(b"hvc1", data, [*needed, nclx(16, True)])])
