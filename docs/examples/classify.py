"""Classify images with a model of headstart export: classify.py MODEL IMAGE..."""
import json
import sys

import numpy
import onnxruntime
from PIL import Image, ImageOps

session = onnxruntime.InferenceSession(sys.argv[1])
about = session.get_modelmeta().custom_metadata_map
classes, p = json.loads(about["headstart.classes"]), json.loads(about["headstart.preprocessing"])
for path in sys.argv[2:]:
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    size = [p["resize"] * side // min(image.size) for side in image.size]
    left, top = (round((side - p["crop"]) / 2) for side in size)
    image = image.resize(size, Image.Resampling[p["filter"].upper()]).crop((left, top, left + p["crop"], top + p["crop"]))
    probabilities = session.run(["probabilities"], {"image": numpy.asarray(image)[None]})[0][0]
    print(path, classes[probabilities.argmax()], probabilities.max(), sep="\t")
