"""Compares extractor/imageio with Pillow, on one core and in one run.

    compare_imageio.py speed DIR...   time to decode JPEG files and make tensors
    compare_imageio.py odd DIR...     which files are read, and with which pixels

The second prints what only one of the two reads, with imageio's reason, and
where pixels differ by more than a level on average. Needs Pillow and numpy, as
scripts/requirements-peers.txt pins them.
"""

import argparse
import io
import os
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from PIL import Image
from reference_preprocessing import reference

ROOT = Path(__file__).parent.parent
FORMATS = {"JPEG", "MPO", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "AVIF"}
SIDE = 224


def tensors(files: list, repeat: int = 1, source: Path = ROOT) -> tuple:
    """Milliseconds, reasons and pixels of each file, by the imageio of that source."""
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/tensors"
        subprocess.run(["go", "build", "-tags", "nodynamic", "-o", program, "./scripts/tensors"], cwd=source, check=True)
        result = subprocess.run(
            [program, "-repeat", str(repeat), "-layout", "NCHW" if repeat > 1 else "NHWC", "-o", f"{folder}/tensors.f32"],
            input="".join(f"{Path(f).resolve()}\n" for f in files),
            env={**os.environ, "GOMAXPROCS": "1"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        pixels = np.fromfile(f"{folder}/tensors.f32", np.float32).reshape(len(files), SIDE, SIDE, 3)
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    return [float(line[1]) for line in lines], [line[2] for line in lines], pixels


def pillow_tensor(data: bytes, draft: bool) -> np.ndarray:
    """8-bit resize, normalise to [3, 224, 224], arrays of its own kept few."""
    image = Image.open(io.BytesIO(data))
    if draft:
        image.draft("RGB", (2 * SIDE, 2 * SIDE))
    image = image.convert("RGB")
    width, height = image.size
    shorter = min(width, height)
    image = image.resize((SIDE * width // shorter, SIDE * height // shorter), Image.Resampling.BILINEAR)
    left, top = (round((side - SIDE) / 2) for side in image.size)
    image = image.crop((left, top, left + SIDE, top + SIDE))
    return np.ascontiguousarray(((np.asarray(image, dtype=np.float32) - 127) / 128).transpose(2, 0, 1))


def speed(files: list, repeat: int) -> None:
    files = [f for f in files if f.suffix.lower() in (".jpg", ".jpeg")]
    data = [f.read_bytes() for f in files]
    pillow = {}
    for draft in (False, True):
        quickest = [float("inf")] * len(files)
        for _ in range(repeat):
            for i, content in enumerate(data):
                start = time.perf_counter()
                pillow_tensor(content, draft)
                quickest[i] = min(quickest[i], time.perf_counter() - start)
        pillow[draft] = 1e3 * sum(quickest) / len(files)
    ours = sum(tensors(files, repeat)[0]) / len(files)
    print(f"{len(files)} JPEG files, milliseconds each on one core, quickest of {repeat}")
    print(f"  imageio            {ours:7.3f}")
    for draft, took in pillow.items():
        print(f"  Pillow{' with draft' if draft else '           '}  {took:7.3f}   ratio {ours / took:.2f}")


def odd(files: list) -> None:
    _, reasons, pixels = tensors(files)
    opened = refused = 0
    for path, reason, ours in zip(files, reasons, pixels):
        kind, wrong = pillow_opens(path)
        if wrong and not reason:
            print(f"only imageio\t{path}\t{wrong}")
        if wrong or kind not in FORMATS:
            continue
        opened += 1
        if reason:
            refused += 1
            print(f"only Pillow\t{path}\t{reason}")
            continue
        difference = np.abs(reference(path, SIDE, SIDE, "bilinear") - ours).mean()
        if difference > 1:
            print(f"differ\t{path}\tby {difference:.1f} levels on average")
    print(f"{len(files)} files, of which Pillow opens {opened}; {refused} of those refused: {refused / opened:.1%}")


def pillow_opens(path) -> tuple:
    """A file's format and what is wrong with it."""
    try:
        with Image.open(path) as image:
            if image.width * image.height > 100_000_000:
                return image.format, "over 100 megapixels"
            image.load()
            return image.format, ""
    except Exception as error:  # noqa: BLE001 (Pillow raises what it likes)
        return None, f"Pillow: {error}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "odd"])
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--repeat", type=int, default=7, help="of speed: how often each file is decoded")
    parser.add_argument("--files", type=int, default=100, help="of speed: how many files at most, evenly spread")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    files = sorted(f for folder in arguments.folders for f in folder.rglob("*") if f.is_file())
    if arguments.what == "odd":
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff's complaints
        odd(files)
    else:
        speed(files[:: max(1, len(files) // arguments.files)], arguments.repeat)


if __name__ == "__main__":
    main()
