"""Files of every kind that public repositories were found to have and that were once read
wrongly or refused. They are drawn byte by byte, or by Pillow, so that what is in them is
known. Another kind is another line of one of these modules.
"""

from . import bitmaps, heif, jpeg, raw, tiff
from .pictures import Kind, Pictures


def kinds(width: int = 96, height: int = 64) -> list[Kind]:
    """The kinds that are drawn; sizes are multiples of 8."""
    of = Pictures(width, height)
    return [kind for module in (tiff, bitmaps, raw, jpeg, heif) for kind in module.kinds(of)]
