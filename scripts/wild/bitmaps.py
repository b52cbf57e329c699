"""BMP, GIF, PNG, WebP and AVIF files, and those of Netpbm."""

import io
import struct
import zlib

import numpy as np
from PIL import Image
from reference_preprocessing import saved, upright_rgb

from .pictures import Kind, Pictures, xmp
from .tiff import fax, strips_of


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


def webp_beyond_palette(width: int, height: int) -> tuple:
    """A lossless WebP file of 3 colours with the indices 0 to 3, and its picture."""
    bits = []

    def put(value: int, count: int) -> None:
        bits.extend(value >> i & 1 for i in range(count))

    def codes(*symbols: tuple) -> None:
        for one_or_two in symbols:  # of green, red, blue, alpha and distance
            put(1, 1)
            put(len(one_or_two) - 1, 1)
            put(1, 1)
            for symbol in one_or_two:
                put(symbol, 8)

    for value, count in [(width - 1, 14), (height - 1, 14), (0, 4), (1, 1), (3, 2), (2, 8), (0, 1)]:
        put(value, count)
    codes((0, 255), (1, 255), (0, 255), (0, 255), (0,))
    for green, red, blue, alpha in [(0, 1, 0, 1), (1, 0, 0, 0), (0, 0, 1, 0)]:  # red; less red, but green; and blue
        for bit in (green, red, blue, alpha):
            put(bit, 1)
    put(0, 3)  # no other transform, cache or groups of codes
    codes((0x1B, 0xE4), (0,), (0,), (255,), (0,))  # 3, 2, 1, 0 and 0, 1, 2, 3
    for y in range(height):
        for _ in range(width // 4):
            put(y % 2, 1)
    put(0, -len(bits) % 8)
    data = b"\x2f" + bytes(np.packbits(bits, bitorder="little"))
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    colours = np.array([[255, 0, 0], [0, 255, 0], [1, 255, 255], [0, 0, 0]], np.uint8)
    row = np.tile(colours, (width // 4, 1))
    mirrored = np.tile(colours[::-1], (width // 4, 1))
    shown = np.stack([row if y % 2 else mirrored for y in range(height)])
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk, shown


def kinds(of: Pictures):
    yield from bmp_kinds(of)
    yield from gif_kinds(of)
    yield from png_kinds(of)
    yield from webp_kinds(of)
    yield from pnm_kinds(of)


def bmp_kinds(of: Pictures):
    upside = of.colour[::-1, :, ::-1]
    size = of.width, of.height
    masks = {"x40": 0xFF0000, "x44": 0xFF00, "x48": 0xFF, "x52": 0xFF000000}
    for header in (56, 108, 124):
        content = bmp(header, *size, 32, 3, b"", np.dstack([upside, of.none]).tobytes(), **masks)
        yield Kind(f"BMP, header of {header}, all alpha 0", content, of.colour)
        content = bmp(header, *size, 32, 3, b"", np.dstack([upside, of.alpha[::-1]]).tobytes(), **masks)
        yield Kind(f"BMP, header of {header}, alpha", content, of.over_white)
    greys = b"".join(bytes([i, i, i, 0]) for i in range(256))
    content = bmp(40, *size, 8, 0, greys, of.grey[::-1].tobytes(), offset=54)
    yield Kind("BMP, pixels said to lie in the palette", content, of.grey)
    runs = b"".join(b"".join(b"\1" + bytes(pixel) for pixel in row) + b"\0\0" for row in upside) + b"\0\1"
    yield Kind("BMP, OS/2, runs of 24 bits", bmp(64, *size, 24, 4, b"", runs), of.colour)
    strips = strips_of(fax(of.bilevel.transpose(Image.Transpose.FLIP_TOP_BOTTOM), 0))
    yield Kind("BMP, OS/2, Huffman", bmp(64, *size, 1, 3, b"\0\0\0\0\xff\xff\xff\0", strips), of.black)
    yield Kind("DIB", bmp(40, *size, 24, 0, b"", upside.tobytes())[14:], of.colour)


def gif_kinds(of: Pictures):
    few = of.image.quantize(64)
    shown = np.asarray(few.convert("RGB"))
    content = bytearray(saved(few, "GIF", interlace=0))
    struct.pack_into("<HH", content, 6, of.width // 2, of.height // 2)
    yield Kind("GIF, frame larger than the screen", bytes(content), shown)
    struct.pack_into("<HH", content, 6, of.width, of.height)
    yield Kind("GIF, data between its blocks", bytes(content[:-1]) + b"\4more\0;", shown)
    for wide in (9, 11):
        yield Kind(f"GIF, codes from {wide} bits", gif_plain(wide, np.asarray(few), few.getpalette()), shown)
    content = bytearray(gif_plain(8, np.asarray(few), few.getpalette()))
    rows = of.height - 4
    struct.pack_into("<H", content, 8, rows)
    struct.pack_into("<H", content, 13 + 768 + 7, rows)
    yield Kind("GIF, more pixels than it has room for", bytes(content), shown[:rows])


def png_kinds(of: Pictures):
    few = saved(of.image.quantize(64), "PNG")
    transparency = png_chunk(b"tRNS", b"\xff" * 63 + b"\0")
    shown = upright_rgb(Image.open(io.BytesIO(png_with(few, transparency, b"IDAT"))))
    yield Kind("PNG, tRNS before PLTE", png_with(few, transparency, b"PLTE"), shown)
    whole, text = saved(of.image, "PNG"), b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(6)
    turned = np.rot90(of.colour, 3)
    yield Kind("PNG, orientation in XMP", png_with(whole, png_chunk(b"iTXt", text), b"IDAT"), turned)
    squeezed = text[:18] + b"\1\0\0\0" + zlib.compress(xmp(6))
    yield Kind("PNG, orientation in compressed XMP", png_with(whole, png_chunk(b"iTXt", squeezed), b"IDAT"), turned)
    content = saved(of.image, "AVIF", quality=100, subsampling="4:4:4", xmp=xmp(6))
    yield Kind("AVIF, orientation in XMP", content)


def webp_kinds(of: Pictures):
    yield Kind("WebP, orientation in XMP", saved(of.image, "WEBP", lossless=True, xmp=xmp(6)), np.rot90(of.colour, 3))
    yield Kind("WebP, index beyond the palette", *webp_beyond_palette(of.width, of.height))
    opaque = Image.fromarray(np.dstack([of.colour, np.full_like(of.grey, 255)]))
    yield Kind("WebP, opaque", saved(opaque, "WEBP", lossless=True), of.colour)


def pnm_kinds(of: Pictures):
    size = f"{of.width} {of.height}\n".encode()
    plain_bits = "".join("1" if v == 0 else "0" for v in of.black.ravel()).encode()
    yield Kind("PNM, P1", b"P1\n# plain\n" + size + plain_bits, of.black)
    yield Kind("PNM, P2", b"P2 " + size + b"255\n" + "\n".join(map(str, of.grey.ravel())).encode(), of.grey)
    yield Kind("PNM, P3", b"P3 " + size + b"255\n" + " ".join(map(str, of.colour.ravel())).encode(), of.colour)
    yield Kind("PNM, P4", b"P4 " + size + np.packbits(of.black == 0, axis=1).tobytes(), of.black)
    for kind, largest, samples, shown in [
        ("BLACKANDWHITE", 1, of.black // 255, of.black),
        ("GRAYSCALE", 255, of.grey, of.grey),
        ("GRAYSCALE_ALPHA", 255, np.dstack([of.grey, np.full_like(of.grey, 255)]), of.grey),
        ("RGB", 255, of.colour, of.colour),
        ("RGB_ALPHA", 255, of.rgba, of.over_white),
    ]:
        depth = samples.size // of.grey.size
        head = f"P7\nWIDTH {of.width}\nHEIGHT {of.height}\nDEPTH {depth}\nMAXVAL {largest}\nTUPLTYPE {kind}\nENDHDR\n"
        yield Kind(f"PNM, PAM {kind}", head.encode() + samples.tobytes(), shown)
