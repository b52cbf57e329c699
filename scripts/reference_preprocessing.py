"""What extractor/imageio should compute, computed by Pillow.

The pixels come from Pillow's decoders; resizing is Pillow's too, but on float
planes (mode "F"), so that its 8-bit rounding between the two passes does not
pass for truth. Sizes and offsets are torchvision's Resize and CenterCrop.

Run as a script it writes a folder of small made-up pictures in many formats, and
what each should become. Needs Pillow, numpy and
pillow-heif, as scripts/requirements-peers.txt pins them.
"""

import argparse
import io
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def reference(path, resize: int, crop: int, filter_name: str) -> np.ndarray:
    """Float pixels [crop, crop, 3] within 0–255 of a file's first picture."""
    with Image.open(path) as image:
        return resize_and_crop(upright_rgb(image), resize, crop, filter_name)


def upright_rgb(image: Image.Image) -> Image.Image:
    """The picture as it is shown, in 8-bit RGB over white."""
    image.seek(0)
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        grey = np.rint(np.asarray(image).astype(np.float64) / 257)
        return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def resize_and_crop(picture: Image.Image, resize: int, crop: int, filter_name: str) -> np.ndarray:
    width, height = picture.size
    shorter = min(width, height)
    size = (resize * width // shorter, resize * height // shorter)
    planes = [np.asarray(band.convert("F").resize(size, FILTERS[filter_name])) for band in picture.split()]
    left, top = (round((side - crop) / 2) for side in size)
    kept = np.stack(planes, axis=-1)[top : top + crop, left : left + crop]
    return np.clip(kept, 0, 255)


# Made-up pictures.


def painting(width: int, height: int) -> np.ndarray:
    """Smooth colours, sharp edges and some noise: uint8 [height, width, 3]."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[0:height, 0:width]
    u, v = x / width, y / height
    picture = np.stack([255 * u, 255 * (1 - v), 127 + 127 * np.sin(9 * u + 5 * v)], axis=-1)
    for left, top, right, bottom, colour in [
        (0.1, 0.15, 0.35, 0.5, (250, 240, 20)),
        (0.45, 0.3, 0.5, 0.9, (10, 10, 30)),
        (0.6, 0.1, 0.85, 0.4, (200, 20, 60)),
        (0.55, 0.6, 0.95, 0.65, (255, 255, 255)),
    ]:
        picture[(u > left) & (u < right) & (v > top) & (v < bottom)] = colour
    return np.clip(picture + random.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)


def alpha_of(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    return np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))


def saved(picture: Image.Image, format_name: str, **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, format_name, **options)
    return out.getvalue()


def png_of_16_bits(samples: np.ndarray) -> bytes:
    """A PNG file of uint16 [height, width, 3], which Pillow cannot write."""
    height, width, _ = samples.shape

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def jpeg_of_planes(planes: list, factors: list, size: tuple, **options) -> bytes:
    """A JPEG file of a picture of that size, of planes that are coded one by one: Y', Cb and Cr, with a sampling factor each."""
    before, tables, scans, frame = {}, {}, b"", 0xC0
    for name, plane in enumerate(planes, 1):
        for marker, segment, data in jpeg_segments(saved(plane, "JPEG", **options)):
            if marker == 0xDA:
                scans += segment[:5] + bytes([name]) + segment[6:] + data
            elif marker == 0xC4 and tables.get(segment[4]) != segment:
                tables[segment[4]] = segment
                scans += segment
            elif marker in (0xDB, 0xDD):  # the same for each
                before[marker] = segment
            elif marker in (0xC0, 0xC2):
                frame = marker
    components = b"".join(bytes([name, across << 4 | down, 0]) for name, (across, down) in enumerate(factors, 1))
    header = struct.pack(">HBHHB", 8 + len(components), 8, size[1], size[0], len(planes)) + components
    return b"\xff\xd8" + b"".join(before.values()) + bytes([0xFF, frame]) + header + scans + b"\xff\xd9"


def jpeg_segments(content: bytes) -> list:
    """The marker and the whole segment of each segment of a JPEG file, and the data after it."""
    segments, at = [], 2
    while content[at + 1] != 0xD9:
        end = at + 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
        after = end
        while content[after] != 0xFF or content[after + 1] in (0, *range(0xD0, 0xD8)):
            after += 1
        segments.append((content[at + 1], content[at:end], content[end:after]))
        at = after
    return segments


def sampled(picture: np.ndarray, factors: list) -> list:
    """Y', Cb and Cr of a picture, each reduced as its sampling factors tell."""
    most = [max(pair[side] for pair in factors) for side in (0, 1)]
    height, width = picture.shape[:2]
    sizes = [(-(-width * across // most[0]), -(-height * down // most[1])) for across, down in factors]
    bands = Image.fromarray(picture).convert("YCbCr").split()
    return [band if band.size == size else band.resize(size, Image.Resampling.BOX) for band, size in zip(bands, sizes)]


def jpeg_sampled(picture: np.ndarray, factors: list, **options) -> bytes:
    """A JPEG file whose components are sampled as told, with scans of their own."""
    return jpeg_of_planes(sampled(picture, factors), factors, picture.shape[1::-1], quality=90, **options)


def pictures() -> dict:
    """Name of a file → its content."""
    small, odd, wide = painting(58, 43), painting(107, 81), painting(640, 480)
    rgb, grey = Image.fromarray(odd), Image.fromarray(odd).convert("L")
    exact, exact_grey = Image.fromarray(small), Image.fromarray(small).convert("L")
    transparent = Image.fromarray(np.dstack([small, alpha_of(small)]))
    palette = exact.quantize(17)
    deep = small.astype(np.uint16) * 257
    orientation = Image.Exif()
    orientation[0x0112] = 6
    files = {
        "420.jpg": saved(rgb, "JPEG", quality=85),
        "422.jpg": saved(rgb, "JPEG", quality=85, subsampling="4:2:2"),
        "444.jpg": saved(rgb, "JPEG", quality=95, subsampling="4:4:4"),
        "411.jpg": jpeg_sampled(odd, [(4, 1), (1, 1), (1, 1)]),
        "440.jpg": jpeg_sampled(odd, [(1, 2), (1, 1), (1, 1)]),
        "grey.jpg": saved(grey, "JPEG", quality=85),
        "progressive.jpg": saved(rgb, "JPEG", quality=85, progressive=True),
        "restarts.jpg": saved(rgb, "JPEG", quality=85, restart_marker_blocks=5),
        "cmyk.jpg": saved(rgb.convert("CMYK"), "JPEG", quality=90),
        "turned.jpg": saved(rgb, "JPEG", quality=85, exif=orientation),
        "wide.jpg": saved(Image.fromarray(wide), "JPEG", quality=60),
        "rgb.png": saved(exact, "PNG"),
        "grey.png": saved(exact_grey, "PNG"),
        "bits.png": saved(exact_grey.convert("1"), "PNG"),
        "alpha.png": saved(transparent, "PNG"),
        "palette.png": saved(palette, "PNG", transparency=3),
        "grey16.png": saved(Image.fromarray(deep[..., 1] + 100), "PNG"),
        "turned.png": saved(exact, "PNG", exif=orientation),
        "rgb16.png": png_of_16_bits(deep),
        "palette.gif": saved(palette, "GIF"),
        "alpha.gif": saved(palette, "GIF", transparency=3),
        "rgb.bmp": saved(exact, "BMP"),
        "palette.bmp": saved(palette, "BMP"),
        "lzw.tif": saved(exact, "TIFF", compression="tiff_lzw"),
        "deflate.tif": saved(exact, "TIFF", compression="tiff_adobe_deflate"),
        "packbits.tif": saved(palette, "TIFF", compression="packbits"),
        "bits.tif": saved(exact_grey.convert("1"), "TIFF", compression="group4"),
        "cmyk.tif": saved(exact.convert("CMYK"), "TIFF", compression="tiff_lzw"),
        "alpha.tif": saved(transparent, "TIFF", compression="tiff_lzw"),
        "jpeg.tif": saved(exact, "TIFF", compression="jpeg", quality=90),
        "lossy.webp": saved(rgb, "WEBP", quality=85),
        "lossless.webp": saved(exact, "WEBP", lossless=True),
        "alpha.webp": saved(transparent, "WEBP", quality=85),
        "animated.webp": saved(rgb, "WEBP", quality=85, save_all=True, append_images=[ImageOps.mirror(rgb)]),
        "turned.webp": saved(rgb, "WEBP", quality=85, exif=orientation.tobytes()),
        "rgb.avif": saved(rgb, "AVIF", quality=85),
        "turned.avif": saved(rgb, "AVIF", quality=85, exif=orientation),
        "420.heic": saved(rgb, "HEIF", quality=90),
        "444.heic": saved(rgb, "HEIF", quality=90, chroma=444),
        "video.heic": saved(rgb, "HEIF", quality=90, chroma=444, matrix_coefficients=1, full_range_flag=0),
        "grey.heic": saved(grey, "HEIF", quality=90),
        "turned.heic": saved(rgb, "HEIF", quality=90, chroma=444, exif=orientation),
        "rgb.ppm": saved(exact, "PPM"),
        "grey16.pgm": saved(Image.fromarray(deep[..., 1]), "PPM"),
    }
    return files


def cases(name: str) -> list:
    """Resize, crop and filter to try on a file."""
    tried = [(28, 16, "bilinear")]
    if name in ("420.jpg", "rgb.png"):
        tried += [(28, 16, "bicubic"), (27, 25, "bilinear"), (160, 19, "bilinear"), (160, 19, "bicubic")]
    if name == "wide.jpg":  # decoded at a half, a quarter and an eighth
        tried = [(115, 25, "bilinear"), (55, 25, "bilinear"), (20, 16, "bilinear")]
    return tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("extractor/imageio/testdata/reference"))
    folder = parser.parse_args().folder
    import pillow_heif  # which only making references of HEIC needs

    pillow_heif.register_heif_opener()
    folder.mkdir(parents=True, exist_ok=True)
    index = []
    for name, content in pictures().items():
        (folder / name).write_bytes(content)
        for resize, crop, filter_name in cases(name):
            want = f"{name}.{resize}-{crop}-{filter_name}"
            pixels = reference(folder / name, resize, crop, filter_name)
            if name == "rgb16.png":  # Pillow cuts 16 bits off instead of rounding them
                pixels = reference(folder / "rgb.png", resize, crop, filter_name)
            (folder / want).write_bytes(np.rint(pixels * 256).astype("<u2").tobytes())
            index.append({"file": name, "resize": resize, "crop": crop, "filter": filter_name, "want": want})
    (folder / "index.json").write_text(json.dumps(index, indent="\t") + "\n")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{len(index)} references, {size:,} bytes, Pillow {Image.__version__}, in {folder}", file=sys.stderr)


if __name__ == "__main__":
    main()
