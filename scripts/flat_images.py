"""Writes a large HEIC and AVIF file of one colour into a folder: many pixels in few bytes.

    flat_images.py DIR

Needs Pillow and pillow-heif, as scripts/requirements-peers.txt pins them.
"""

import sys
from pathlib import Path

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
folder = Path(sys.argv[1])
folder.mkdir(exist_ok=True)
picture = Image.new("RGB", (1600, 1200), (200, 120, 40))
picture.save(folder / "flat.heic", quality=50)
picture.save(folder / "flat.avif", quality=50)
