"""Fine-tunes EfficientNet-Lite0 in PyTorch, and prints how it does beside headstart's heads.

Both train on the same four fifths of each data set and are scored on the other fifth:
headstart divides them (--test 0.2, copies and groups whole). The recipe is the usual
one: a new linear layer is trained on the frozen network's embeddings first, then all
layers together by AdamW with a cosine schedule, on random crops of a third of the
photo at least, mirrored half the time unless the photos are digits. Batch norms keep
their statistics (--batch-norm train: take those of the batch, which few photos make
noisy) while their scales and shifts are trained. No epoch is chosen by its score: the
last one counts. One thread; minutes are processor time, headstart's with extraction.

Before all, the network's embeddings must be those of the ONNX file within 1e-4.
"""

import argparse
import gzip
import json
import math
import random
import shlex
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from bench_accuracy import children_seconds
from efficientnet_lite import EMBEDDING, NETWORKS
from efficientnet_lite_torch import EfficientNetLite
from headstart import PROGRAM, run
from PIL import Image, ImageOps
from torch import nn

NETWORK = NETWORKS["efficientnet-lite0"]
SIDE, RESIZE = NETWORK.preprocessing["crop"], NETWORK.preprocessing["resize"]
TOLERANCE = 1e-4
BATCH = 32
HEAD_STEPS, HEAD_RATE = 400, 1e-3
RATE, DECAY, DROPOUT = 3e-4, 0.01, 0.2
SMALLEST_CROP = 1 / 3
MNIST = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
MNIST_HEADERS = 16, 8


def write_digits(mnist: Path, count: int, out: Path) -> Path:
    """Writes MNIST's first digits as a folder of PGM files per class."""
    images, labels = (np.frombuffer(gzip.open(mnist / name).read(), np.uint8, offset=header) for name, header in zip(MNIST, MNIST_HEADERS, strict=True))
    for number in range(count):
        path = out / str(labels[number]) / f"{number}.pgm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"P5 28 28 255\n" + images[784 * number : 784 * (number + 1)].tobytes())
    return out


def manifest(folder: Path, out: Path) -> Path:
    """Lists the photos of a folder, without the splits that it may have."""
    with out.open("w") as lines:
        for path in sorted(folder.rglob("*.*")):
            if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".pgm"):
                print(json.dumps({"path": str(path.resolve()), "label": path.parent.name}), file=lines)
    return out


def by_headstart(program: Path, data: Path, options: str, seed: int, scratch: Path) -> tuple[dict[str, dict], float]:
    """Returns what headstart says of each photo, by path, and the seconds it took."""
    predictions = scratch / "predictions.jsonl"
    with tempfile.TemporaryDirectory(dir=scratch) as store:
        before = children_seconds()
        run(
            program, "train-head", data, "-o", scratch / "head.onnx", "--store", store, "--test", "0.2", "--seed", str(seed),
            "--predictions", predictions, "--backbone", NETWORK.name, *shlex.split(options), quiet=True,
        )  # fmt: skip
    with predictions.open() as lines:
        rows = map(json.loads, lines)
        return {row["path"]: row for row in rows}, children_seconds() - before


def load(path: str) -> Image.Image:
    """Returns a photo, upright, with a shorter side of RESIZE pixels."""
    image = Image.open(path)
    image.draft("RGB", (2 * RESIZE, 2 * RESIZE))
    image = ImageOps.exif_transpose(image).convert("RGB")
    ratio = RESIZE / min(image.size)
    return image.resize([max(RESIZE, round(side * ratio)) for side in image.size], Image.Resampling.BILINEAR)


def centre(image: Image.Image) -> Image.Image:
    left, top = ((side - SIDE) // 2 for side in image.size)
    return image.crop((left, top, left + SIDE, top + SIDE))


def random_crop(image: Image.Image, chance: random.Random, mirror: bool) -> Image.Image:
    """Returns a part of the photo, of 3:4 to 4:3 where that fits, and half the time its mirror image."""
    width, height = image.size
    area = width * height * chance.uniform(SMALLEST_CROP, 1)
    aspect = math.exp(chance.uniform(math.log(3 / 4), math.log(4 / 3)))
    w, h = min(width, math.sqrt(area * aspect)), min(height, math.sqrt(area / aspect))
    left, top = chance.uniform(0, width - w), chance.uniform(0, height - h)
    image = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(left, top, left + w, top + h))
    return ImageOps.mirror(image) if mirror and chance.random() < 0.5 else image


def tensor(images: list[Image.Image]) -> torch.Tensor:
    """Returns images of SIDE pixels as the network takes them."""
    levels = np.stack([np.asarray(image, np.float32) for image in images]).transpose(0, 3, 1, 2)
    return torch.from_numpy((levels - 127) / 128).contiguous(memory_format=torch.channels_last)


def embed(model: EfficientNetLite, images: list[Image.Image]) -> torch.Tensor:
    """Returns the embeddings of the centres of images."""
    model.eval()
    with torch.no_grad():
        return torch.cat([model.embed(tensor([centre(image) for image in images[i : i + BATCH]])) for i in range(0, len(images), BATCH)])


def check(model: EfficientNetLite, onnx: Path, images: list[Image.Image]) -> None:
    """Fails unless the network gives the embeddings of the ONNX file."""
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    (wanted,) = session.run(["embedding"], {"input": np.ascontiguousarray(tensor([centre(image) for image in images]).numpy())})
    distance = np.abs(embed(model, images).numpy() - wanted).max()
    if distance > TOLERANCE:
        raise SystemExit(f"the network is not that of {onnx}: an embedding differs by {distance}")
    print(f"embeddings of {len(images)} photos differ from those of {onnx.name} by {distance:.1g} at most")


def train_head(model: EfficientNetLite, x: torch.Tensor, y: torch.Tensor, classes: int) -> None:
    """Gives the network a linear layer that is trained on embeddings."""
    model._fc = nn.Linear(EMBEDDING, classes)
    optimizer = torch.optim.AdamW(model._fc.parameters(), HEAD_RATE, weight_decay=DECAY)
    for _ in range(HEAD_STEPS):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model._fc(x), y).backward()
        optimizer.step()


def train_all(model: EfficientNetLite, images: list[Image.Image], y: torch.Tensor, epochs: int, mirror: bool, frozen: bool, seed: int) -> None:
    """Trains all layers."""
    chance = random.Random(seed)
    optimizer = torch.optim.AdamW(model.parameters(), RATE, weight_decay=DECAY)
    batches = math.ceil(len(images) / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * batches)
    model.to(memory_format=torch.channels_last).train()
    if frozen:
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
    for _ in range(epochs):
        order = chance.sample(range(len(images)), len(images))
        for batch in np.array_split(order, batches):
            optimizer.zero_grad()
            x = model.embed(tensor([random_crop(images[i], chance, mirror) for i in batch]))
            scores = model._fc(nn.functional.dropout(x, DROPOUT))
            nn.functional.cross_entropy(scores, y[batch]).backward()
            optimizer.step()
            schedule.step()


def compare(options: argparse.Namespace, name: str, data: Path, mirror: bool, seed: int, scratch: Path) -> None:
    """Prints the table's lines of a data set."""
    theirs = [(sets, *by_headstart(options.headstart, data, sets, seed, scratch)) for sets in options.options]
    split = {path: (row["split"], row["label"]) for path, row in theirs[0][1].items()}
    classes = sorted({label for _, label in split.values()})
    train, test = ([path for path, (its, _) in split.items() if its == wanted] for wanted in ("train", "test"))
    title = f"{name:14}{seed:5}{len(train):7}{len(test):6}"
    for sets, rows, seconds in theirs:
        if {path: (row["split"], row["label"]) for path, row in rows.items()} != split:
            raise SystemExit(f"headstart divides {name} in another way with {sets}")
        right = np.mean([rows[path]["class"] == rows[path]["label"] for path in test])
        print(f"{title}  {f'headstart {sets}':36}{right:10.4f}{seconds / 60:9.2f}", flush=True)

    torch.manual_seed(seed)
    begun = time.process_time()
    model = EfficientNetLite(NETWORK)
    images = [load(path) for path in train]
    y = torch.tensor([classes.index(split[path][1]) for path in train])
    train_head(model, embed(model, images), y, len(classes))
    tests, wanted = [load(path) for path in test], np.array([classes.index(split[path][1]) for path in test])
    for step in ("new linear layer", f"all layers, {options.epochs} epochs"):
        if step.startswith("all"):
            train_all(model, images, y, options.epochs, mirror, options.batch_norm == "frozen", seed)
        minutes = (time.process_time() - begun) / 60
        with torch.no_grad():
            right = np.mean(model._fc(embed(model, tests)).argmax(1).numpy() == wanted)
        print(f"{title}  {f'PyTorch, {step}':36}{right:10.4f}{minutes:9.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx", type=Path, help="the file of efficientnet-lite0")
    parser.add_argument("data", type=Path, nargs="+", help="a folder of photos in a folder per class, or one with MNIST's files")
    parser.add_argument("--digits", type=int, default=600, help="of MNIST to take")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-norm", choices=("frozen", "train"), default="frozen")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="of the split and all else")
    parser.add_argument("--options", nargs="+", default=[""], help='sets of options of train-head, each in quotes: "--head auto" "--head lda"')
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        sets = []
        for folder in options.data:
            is_mnist = (folder / MNIST[0]).exists()
            photos = write_digits(folder, options.digits, scratch / "digits") if is_mnist else folder
            sets.append(("MNIST" if is_mnist else folder.name, manifest(photos, scratch / f"{len(sets)}.jsonl"), not is_mnist))
        with sets[0][1].open() as lines:
            check(EfficientNetLite(NETWORK), options.onnx, [load(json.loads(line)["path"]) for line in list(lines)[:8]])
        print(f"\n{'data':14}{'seed':>5}{'train':>7}{'test':>6}  {'':36}{'accuracy':>10}{'minutes':>9}")
        for name, data, mirror in sets:
            for seed in options.seeds:
                compare(options, name, data, mirror, seed, scratch)


if __name__ == "__main__":
    main()
