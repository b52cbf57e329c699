"""What embeddings should be, made by Pillow and ONNX Runtime in Python.

    reference_embeddings.py write BACKBONE     the committed sample
    reference_embeddings.py compare BACKBONE   every photo, beside bin/headstart's

The reference resizes float planes (see reference_preprocessing.py). Pillow's
usual 8-bit resizing is printed beside, as a measure for the differences. Needs
what scripts/requirements-peers.txt pins, and the photos in ../shared/data.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import reference_preprocessing as pillow
from headstart import PROGRAM, extract
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
SAMPLE = ROOT / "extractor" / "testdata" / "parity"
STEP = 10  # the sample is every tenth photo of cats_vs_dogs, and all others


def photos() -> list:
    """Paths below DATA of the photos to compare."""
    folders = ["cats_vs_dogs/cats", "cats_vs_dogs/dogs", "large_photos", "odd_inputs/exif_orientation"]
    return [path.relative_to(DATA) for folder in folders for path in sorted((DATA / folder).iterdir())]


def listed() -> list:
    paths = photos()
    common = [path for path in paths if path.parts[0] == "cats_vs_dogs"]
    return common[::STEP] + paths[len(common) :]


class Backbone:
    def __init__(self, path: Path):
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        metadata = self.session.get_modelmeta().custom_metadata_map
        self.recipe = json.loads(metadata["headstart.preprocessing"])

    def embed(self, path: Path, resize_and_crop) -> np.ndarray:
        recipe = self.recipe
        with Image.open(path) as image:
            pixels = resize_and_crop(pillow.upright_rgb(image), recipe["resize"], recipe["crop"], recipe["filter"])
        tensor = (pixels - np.float32(recipe["mean"])) / np.float32(recipe["std"])
        chw = np.ascontiguousarray(tensor.transpose(2, 0, 1)[None], np.float32)
        return self.session.run(None, {self.session.get_inputs()[0].name: chw})[0].reshape(-1)


def resize_in_8_bits(picture: Image.Image, resize: int, crop: int, filter_name: str) -> np.ndarray:
    width, height = picture.size
    shorter = min(width, height)
    size = (resize * width // shorter, resize * height // shorter)
    left, top = (round((side - crop) / 2) for side in size)
    small = picture.resize(size, pillow.FILTERS[filter_name])
    return np.asarray(small.crop((left, top, left + crop, top + crop)), np.float32)


def write(backbone: Backbone) -> None:
    paths = listed()
    rows = np.stack([backbone.embed(DATA / path, pillow.resize_and_crop) for path in paths])
    SAMPLE.mkdir(parents=True, exist_ok=True)
    np.save(SAMPLE / "embeddings.npy", rows.astype("<f4"))
    (SAMPLE / "photos.txt").write_text("".join(f"{path}\n" for path in paths))


def compare(backbone: Backbone, path: Path) -> None:
    paths = photos()
    ours = extracted(path, paths)
    print(f"{'cosine with the reference':<42} {'photos':>6} {'mean':>8} {'minimum':>8}")
    reference = np.stack([backbone.embed(DATA / p, pillow.resize_and_crop) for p in paths])
    rounded = np.stack([backbone.embed(DATA / p, resize_in_8_bits) for p in paths])
    folders = np.array([p.parts[0] for p in paths])
    for name, rows in (("headstart", ours), ("Pillow with 8-bit resizing", rounded)):
        for folder in dict.fromkeys(folders):
            cosine = cosines(rows, reference)[folders == folder]
            print(f"{name + ', ' + folder:<42} {len(cosine):>6} {cosine.mean():8.5f} {cosine.min():8.5f}")


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = a.astype(np.float64), b.astype(np.float64)
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def extracted(backbone: Path, paths: list) -> np.ndarray:
    """Embeddings by bin/headstart, extracted anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in paths:  # each folder of photos as a class
            link = folder / "data" / path.parent.name
            if not link.exists():
                link.parent.mkdir(exist_ok=True)
                link.symlink_to(DATA / path.parent)
        e = extract(PROGRAM, folder / "data", "--backbone", backbone, "--store", folder / "store")
        at = {path.removeprefix(f"{folder}/data/"): i for i, path in enumerate(e.paths)}
        return e.x(np.array([at[f"{path.parent.name}/{path.name}"] for path in paths]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["write", "compare"])
    parser.add_argument("backbone", type=Path)
    arguments = parser.parse_args()
    backbone = Backbone(arguments.backbone)
    if arguments.what == "write":
        write(backbone)
    else:
        compare(backbone, arguments.backbone)


if __name__ == "__main__":
    main()
