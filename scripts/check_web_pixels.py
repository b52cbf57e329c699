"""Writes pixels and their probabilities by ONNX Runtime, for check_web.mjs."""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

COUNT = 40

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("model")
parser.add_argument("photos", type=Path)
parser.add_argument("folder", type=Path)
args = parser.parse_args()
session = onnxruntime.InferenceSession(args.model)
recipe = json.loads(session.get_modelmeta().custom_metadata_map["headstart.preprocessing"])
side = recipe["crop"]
paths = sorted(path for path in args.photos.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
chosen = paths[:: max(1, len(paths) // COUNT)][:COUNT]
images = [ImageOps.fit(ImageOps.exif_transpose(Image.open(path)).convert("RGB"), (side, side)) for path in chosen]
pixels = np.stack([np.asarray(image) for image in images])
probabilities = session.run(["probabilities"], {"image": pixels})[0]
(args.folder / "pixels").write_bytes(pixels.tobytes())
(args.folder / "probabilities").write_bytes(probabilities.astype("<f4").tobytes())
(args.folder / "side").write_text(str(side))
