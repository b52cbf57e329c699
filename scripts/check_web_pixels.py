"""Writes pixels and their probabilities by ONNX Runtime, for check_web.mjs."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

COUNT = 40

model, photos, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
session = onnxruntime.InferenceSession(model)
recipe = json.loads(session.get_modelmeta().custom_metadata_map["headstart.preprocessing"])
side = recipe["crop"]
paths = sorted(path for path in photos.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
chosen = paths[:: max(1, len(paths) // COUNT)][:COUNT]
images = [ImageOps.fit(ImageOps.exif_transpose(Image.open(path)).convert("RGB"), (side, side)) for path in chosen]
pixels = np.stack([np.asarray(image) for image in images])
probabilities = session.run(["probabilities"], {"image": pixels})[0]
(folder / "pixels").write_bytes(pixels.tobytes())
(folder / "probabilities").write_bytes(probabilities.astype("<f4").tobytes())
(folder / "side").write_text(str(side))
