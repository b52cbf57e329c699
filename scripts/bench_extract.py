"""Times headstart beside what people would use instead, on the same photos.

All take the same ONNX file and as many images at a time as suits them; every
run is a process of its own, and start-up is left out by the difference between
few photos and many. Peers are fastembed, as its users run it, and a pipeline
written by hand from onnxruntime and Pillow with two decoding threads. The best
of several runs counts, taken in turns, so that a busy machine hits all alike.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from headstart import PROGRAM
from PIL import Image

RUNS = 3


def preprocessing(model: Path) -> dict:
    """What the ONNX file says of its input."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return json.loads(session.get_modelmeta().custom_metadata_map["headstart.preprocessing"])


def peer_fastembed(model: Path, photos: list[Path]) -> None:
    from fastembed import ImageEmbedding

    recipe = preprocessing(model)
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(model, Path(folder, "model.onnx"))
        Path(folder, "preprocessor_config.json").write_text(json.dumps({
            "image_processor_type": "CLIPImageProcessor",
            "do_resize": True, "size": {"shortest_edge": recipe["resize"]}, "resample": 2,
            "do_center_crop": True, "crop_size": recipe["crop"],
            "do_rescale": True, "rescale_factor": 1 / 255,
            "do_normalize": True,
            "image_mean": [m / 255 for m in recipe["mean"]],
            "image_std": [s / 255 for s in recipe["std"]],
        }))
        embedding = ImageEmbedding("Qdrant/resnet50-onnx", specific_model_path=folder, threads=os.cpu_count())
        for _ in embedding.embed([str(p) for p in photos], batch_size=16):
            pass


def peer_by_hand(model: Path, photos: list[Path]) -> None:
    recipe = preprocessing(model)
    mean = np.float32(recipe["mean"]).reshape(3, 1, 1)
    std = np.float32(recipe["std"]).reshape(3, 1, 1)
    resize, crop = recipe["resize"], recipe["crop"]

    def load(path: Path) -> np.ndarray:
        image = Image.open(path).convert("RGB")
        scale = resize / min(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
        left, top = (image.width - crop) // 2, (image.height - crop) // 2
        pixels = np.asarray(image.crop((left, top, left + crop, top + crop)), np.float32)
        return (pixels.transpose(2, 0, 1) - mean) / std

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    with ThreadPoolExecutor(2) as pool:
        batch: list[np.ndarray] = []
        for tensor in pool.map(load, photos):
            batch.append(tensor)
            if len(batch) == 8:
                session.run(None, {name: np.stack(batch)})
                batch.clear()
        if batch:
            session.run(None, {name: np.stack(batch)})


PEERS: dict[str, Callable[[Path, list[Path]], None]] = {
    "fastembed": peer_fastembed,
    "by hand": peer_by_hand,
}


def seconds(command: list[str]) -> float:
    before = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - before


class Headstart:
    """Extracts into a new store each time, from folders that hold links."""

    def __init__(self, program: Path, work: Path) -> None:
        self.program, self.work = program, work

    def __call__(self, model: Path, photos: list[Path]) -> float:
        data = self.work / f"photos-{len(photos)}" / "all"
        if not data.exists():
            data.mkdir(parents=True)
            for i, photo in enumerate(photos):
                os.symlink(photo, data / f"{i:05}.jpg")
        store = self.work / "store"
        shutil.rmtree(store, ignore_errors=True)
        return seconds([self.program, "extract", str(data.parent), "--backbone", str(model), "--store", str(store)])


def peer(name: str) -> Callable[[Path, list[Path]], float]:
    def run(model: Path, photos: list[Path]) -> float:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as listing:
            json.dump([str(p) for p in photos], listing)
            listing.flush()
            return seconds([sys.executable, __file__, "--peer", name, listing.name, str(model)])

    return run


def compare(model: Path, photos: list[Path], few: int, many: int, tools: dict) -> None:
    best: dict[str, dict[int, float]] = {name: {} for name in tools}
    for _ in range(RUNS):
        for name, tool in tools.items():
            for n in (few, many):
                best[name][n] = min(tool(model, photos[:n]), best[name].get(n, np.inf))
    rates = {name: (many - few) / (times[many] - times[few]) for name, times in best.items()}
    print(f"\n{model.stem}: images/s over {many - few} photos, start-up left out")
    for name, rate in rates.items():
        print(f"  {name:10} {rate:7.1f}   headstart is {rates['headstart'] / rate:.2f} times as fast")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", nargs=2, metavar=("NAME", "LIST"), help=argparse.SUPPRESS)
    parser.add_argument("--photos", type=Path, help="folder of JPEG files")
    parser.add_argument("--headstart", type=Path, default=PROGRAM, help="program to time")
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--many", type=int, default=400)
    parser.add_argument("models", type=Path, nargs="+", help="ONNX files with headstart's metadata")
    args = parser.parse_args()
    if args.peer:
        name, listing = args.peer
        PEERS[name](args.models[0], [Path(p) for p in json.loads(Path(listing).read_text())])
        return
    photos = sorted(p.absolute() for p in args.photos.rglob("*.jpg"))
    if len(photos) < args.many:
        sys.exit(f"{args.photos} holds {len(photos)} photos, not {args.many}")
    with tempfile.TemporaryDirectory() as work:
        tools = {"headstart": Headstart(args.headstart, Path(work))} | {name: peer(name) for name in PEERS}
        for model in args.models:
            compare(model.absolute(), photos, args.few, args.many, tools)


if __name__ == "__main__":
    main()
