"""What the files of all kinds hold."""

import numpy as np
from PIL import Image
from reference_preprocessing import alpha_of, painting, upright_rgb


class Kind:
    """A file of one kind, and the picture in it where that is known."""

    def __init__(self, name: str, content: bytes, picture=None):
        self.name, self.content = name, content
        if picture is not None:
            picture = Image.fromarray(np.ascontiguousarray(picture, dtype=np.uint8)).convert("RGB")
        self.picture = picture


class Pictures:
    """One picture in colour, in grey, in black and white, and with transparency."""

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self.colour = painting(width, height)
        self.image = Image.fromarray(self.colour)
        self.grey = np.asarray(self.image.convert("L"))
        self.bilevel = self.image.convert("1", dither=Image.Dither.NONE)
        self.black = np.asarray(self.bilevel.convert("L"))
        self.alpha = alpha_of(self.colour)
        self.none = np.zeros_like(self.grey)
        self.rgba = np.dstack([self.colour, self.alpha])
        self.over_white = np.asarray(upright_rgb(Image.fromarray(self.rgba)))


def xmp(orientation: int) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()
