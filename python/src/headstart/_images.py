"""Images as rows of a request."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import PIL.Image

# A file's path, a picture of Pillow, or levels: uint8 of shape [height, width], or
# [height, width, channels] with 1 (grey), 3 (RGB) or 4 channels (RGB and alpha).
Image: TypeAlias = Union[str, "os.PathLike[str]", "PIL.Image.Image", NDArray[np.uint8]]

_TYPES = {1: "GRAYSCALE", 3: "RGB", 4: "RGB_ALPHA"}


def row(image: Image) -> dict[str, Any]:
    """Returns the columns content and path for an image."""
    if isinstance(image, (str, os.PathLike)):
        return {"content": None, "path": os.path.abspath(image)}
    if not isinstance(image, np.ndarray) and not hasattr(image, "convert"):
        raise TypeError(f"an image is a path, a PIL image or an array, not {type(image).__name__}")
    return {"content": _pam(_levels(image)), "path": None}


def _levels(image: PIL.Image.Image | NDArray[np.uint8]) -> NDArray[np.uint8]:
    if isinstance(image, np.ndarray):
        return image
    transparent = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    return np.asarray(image.convert("RGBA" if transparent else "RGB"))


def _pam(levels: NDArray[np.uint8]) -> bytes:
    """Returns a file in Netpbm's PAM format, which is a header before the levels."""
    if levels.dtype != np.uint8:
        raise TypeError(f"an image's levels are uint8, 0 to 255, not {levels.dtype}")
    shape = levels.shape if levels.ndim == 3 else (*levels.shape, 1)
    if len(shape) != 3 or shape[2] not in _TYPES:
        raise ValueError(f"an image has the shape [height, width] or [height, width, 1, 3 or 4], not {list(levels.shape)}")
    height, width, channels = shape
    header = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {channels}\nMAXVAL 255\nTUPLTYPE {_TYPES[channels]}\nENDHDR\n"
    return header.encode() + levels.tobytes()
