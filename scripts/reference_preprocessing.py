#!/usr/bin/env python3
"""What extractor/imageio should compute, computed by Pillow.

The pixels come from Pillow's decoders; resizing is Pillow's too, but on float
planes (mode "F"), so that its 8-bit rounding between the two passes does not
pass for truth. Sizes and offsets are torchvision's Resize and CenterCrop.
"""

import numpy as np
from PIL import Image, ImageOps

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def upright_rgb(image: Image.Image) -> Image.Image:
    """The picture as it is shown, in 8-bit RGB over white."""
    image.seek(0)
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        return from_16_bits(np.asarray(image).astype(np.float64))
    if image.mode == "I":
        return from_16_bits(np.asarray(image).astype(np.float64))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def from_16_bits(samples: np.ndarray) -> Image.Image:
    grey = np.clip(np.rint(samples / 257), 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def resize_and_crop(picture: Image.Image, resize: int, crop: int, filter_name: str) -> np.ndarray:
    """Float pixels [crop, crop, 3] within 0–255."""
    width, height = picture.size
    shorter = min(width, height)
    size = (resize * width // shorter, resize * height // shorter)
    planes = [np.asarray(band.convert("F").resize(size, FILTERS[filter_name])) for band in picture.split()]
    left, top = (int(round((side - crop) / 2)) for side in size)
    kept = np.stack(planes, axis=-1)[top : top + crop, left : left + crop]
    return np.clip(kept, 0, 255)


def reference(path: str, resize: int, crop: int, filter_name: str) -> np.ndarray:
    with Image.open(path) as image:
        return resize_and_crop(upright_rgb(image), resize, crop, filter_name)
