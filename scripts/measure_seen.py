"""Prints how many copies of its training photos a head notices.

    measure_seen.py HEADSTART DATA...

Trains on 70 % of the photos of each folder, drawn at random, and evaluates changed copies
of 40 of them, and the other photos. Needs what scripts/requirements-peers.txt pins.
"""

import argparse
import json
import random
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageEnhance

PHOTOS = 40
CHANGES = {
    "half the size": lambda image: (image.resize((image.width // 2, image.height // 2), Image.BICUBIC), 85),
    "a third": lambda image: (image.resize((image.width // 3, image.height // 3), Image.LANCZOS), 90),
    "quality 50": lambda image: (image, 50),
    "quality 75": lambda image: (image, 75),
    "10 % brighter": lambda image: (ImageEnhance.Brightness(image).enhance(1.1), 90),
    "cropped by 5 %": lambda image: (image.crop([round(side * share) for share in (0.025, 0.975) for side in image.size]), 90),
}


def manifest(path: Path, photos: list[tuple[Path, str]]) -> Path:
    path.write_text("".join(json.dumps({"path": str(photo), "label": label}) + "\n" for photo, label in photos))
    return path


def seen(headstart: str, head: Path, data: Path) -> int:
    run = subprocess.run([headstart, "evaluate", head, data, "--json"], check=True, capture_output=True, text=True)
    counts = json.loads(run.stdout)["seen"][0]
    return counts["trained_on"] + counts["near_duplicates"]


def measure(headstart: str, data: Path, scratch: Path) -> None:
    photos = sorted(p for p in data.resolve().rglob("*") if p.suffix.lower() in {".jpg", ".jpeg", ".png"} and "test" not in p.parts)
    random.Random(1).shuffle(photos)
    photos = [(photo, photo.parent.name) for photo in photos]
    trained, others = photos[: len(photos) * 7 // 10], photos[len(photos) * 7 // 10 :]
    head = scratch / "head.onnx"
    subprocess.run([headstart, "train-head", manifest(scratch / "train.jsonl", trained), "-o", head], check=True, capture_output=True)
    found = {}
    for change, apply in CHANGES.items():
        copies = []
        for number, (photo, label) in enumerate(trained[:PHOTOS]):
            image, quality = apply(Image.open(photo).convert("RGB"))
            copies.append((scratch / f"{number}.jpg", label))
            image.save(copies[-1][0], quality=quality)
        found[change] = seen(headstart, head, manifest(scratch / "copies.jsonl", copies))
    known = seen(headstart, head, manifest(scratch / "others.jsonl", others))
    print(f"{data.name}: of {PHOTOS}", ", ".join(f"{change} {n}" for change, n in found.items()) + f"; of {len(others)} other photos {known}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("headstart", metavar="HEADSTART")
    parser.add_argument("data", metavar="DATA", type=Path, nargs="+")
    args = parser.parse_args()
    for data in args.data:
        with tempfile.TemporaryDirectory() as scratch:
            measure(args.headstart, data, Path(scratch))


if __name__ == "__main__":
    main()
