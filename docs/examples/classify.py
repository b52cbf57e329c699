"""Classify images with a model of headstart export: classify.py MODEL IMAGE...

Prints image, class, probability and whether the image is likely of none of the
classes (unknown or known), separated by tabs. MODEL's JSON file must lie beside it.
HEIC needs pillow-heif. Images that cannot be read are named on standard error, and
the exit status is 3.
"""
import json
import sys
from pathlib import Path

import numpy
import onnxruntime
from PIL import Image, ImageOps

try:
    import pillow_heif
    pillow_heif.register_heif_opener()
except ImportError:
    pass


def eight_bits(image: Image.Image) -> Image.Image:
    """Returns the image with levels of 8 bits, on white where it is transparent."""
    if image.mode.startswith("I"):  # 16 bits, which convert would cut off at 255
        levels = numpy.asarray(image).astype(numpy.uint32).clip(0, 65535)
        image = Image.fromarray(((levels + 128) // 257).astype(numpy.uint8))
    if "transparency" in image.info or "A" in image.getbands() or "a" in image.getbands():
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def pixels(path: str, p: dict | None) -> numpy.ndarray:
    """Returns uint8 [crop, crop, 3], as the sidecar's preprocessing says; without one the whole picture."""
    with Image.open(path) as image:
        image = eight_bits(ImageOps.exif_transpose(image))
    if p is None:
        return numpy.asarray(image)
    if p.get("view") == "square":
        return numpy.asarray(image.resize([p["crop"]] * 2, Image.Resampling[p["filter"].upper()]))
    size = [p["resize"] * side // min(image.size) for side in image.size]
    left, top = (round((side - p["crop"]) / 2) for side in size)
    image = image.resize(size, Image.Resampling[p["filter"].upper()])
    return numpy.asarray(image.crop((left, top, left + p["crop"], top + p["crop"])))


model = Path(sys.argv[1])
about = json.loads(model.with_suffix(".json").read_text())
session = onnxruntime.InferenceSession(model)
failed = False
for path in sys.argv[2:]:
    try:
        image = pixels(path, about.get("preprocessing"))[None]
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        failed = True
        continue
    if about["input"]["type"] == "float32":
        image = image.transpose(0, 3, 1, 2).astype(numpy.float32)
    outputs = dict(zip(about["outputs"], session.run(about["outputs"], {"image": image}), strict=True))
    probabilities = outputs["probabilities"][0]
    unknown = "unknown" in outputs and outputs["unknown"][0] > about["unknown_threshold"]
    print(path, about["classes"][probabilities.argmax()], probabilities.max(), "unknown" if unknown else "known", sep="\t")
sys.exit(3 if failed else 0)
