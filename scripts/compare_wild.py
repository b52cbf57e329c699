"""Prints what headstart and Pillow make of files of every kind that was met in the wild.

    compare_wild.py [--before COMMIT] [DIR...]   a row for each file in DIR, and one for each drawn kind
    compare_wild.py --write DIR                  files of the drawn kinds for TestKinds

A row holds the words of headstart as of that commit, of headstart now and of Pillow: how
many levels the pixels are off, on average over the square that a network sees, or why
there are none. They are off from the picture that was drawn, or else from what Pillow
reads. Of networks (.onnx) a row tells which value is taken for the embedding. Needs Pillow, numpy, pillow-heif and onnxruntime, as scripts/requirements-peers.txt pins them.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import wild
from compare_imageio import ROOT, SIDE, pillow_opens, tensors
from PIL import Image
from pillow_heif import register_heif_opener
from reference_preprocessing import reference, resize_and_crop, saved, upright_rgb
from wild import jpeg, networks

# Off by more is another picture than the reference's.
MUCH = 1.0

# Examples that Pillow reads wrongly, with what is right: another file, or the colours alone.
PICTURES = {
    "bmp_v5_alpha0.bmp": lambda path: Image.open(path).convert("RGB"),
    "jpeg_cb_cr_differ_1.jpg": lambda path: Image.open(path.with_name("jpeg_same_picture.png")),
    "jpeg_cb_cr_differ_2.jpg": lambda path: Image.open(path.with_name("jpeg_same_picture.png")),
}

REMARKS = {
    "31_g3aoe.tif": "Pillow drops the first row, which no mark precedes",
    "43_pal1huff.bmp": "no reference reads it; see «BMP, OS/2, Huffman»",
}


def examples(folders: list) -> list:
    return [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file() and path.suffix != ".md"]


def files_of(folders: list, drawn: Path) -> list:
    """(name, path, picture or None) of the files in folders, and of drawn kinds."""
    found = []
    for path in examples(folders):
        if path.suffix != ".onnx":
            right = PICTURES.get(path.name)
            found.append((path.name, path, right and right(path).convert("RGB")))
    for i, kind in enumerate([*wild.kinds(), *jpeg.screens()]):
        path = drawn / f"{i:03}"
        path.write_bytes(kind.content)
        found.append((kind.name, path, kind.picture))
    return found


def word(reason: str, off) -> str:
    """What a table says of a file that is off by so many levels, or None."""
    return reason or ("read" if off is None else f"{off:.2f}")


def rows(files: list, sources: list) -> list:
    """For each file: name, the words of the headstart of each source, Pillow's, and what became of it."""
    paths = [path for _, path, _ in files]
    runs = [tensors(paths, source=source)[1:] for source in sources]
    table = []
    for i, (name, path, picture) in enumerate(files):
        _, wrong = pillow_opens(path)
        theirs = None if wrong else reference(path, SIDE, SIDE, "bilinear")
        right = theirs if picture is None else resize_and_crop(picture, SIDE, SIDE, "bilinear")

        def off(pixels):
            return None if right is None or pixels is None else float(np.abs(pixels - right).mean())

        pillow = word("not read" if wrong else "", None if picture is None else off(theirs))
        offs = [None if reasons[i] else off(pixels[i]) for reasons, pixels in runs]
        words = [word(reasons[i], o) for (reasons, _), o in zip(runs, offs)]
        table.append((name, *words, pillow, outcome([reasons[i] for reasons, _ in runs], offs, REMARKS.get(name, ""))))
    return table


def outcome(reasons: list, offs: list, remark: str) -> str:
    """What became of a kind."""
    if reasons[-1]:
        became = "refused"
    elif offs[-1] is not None and offs[-1] > MUCH:
        became = "OFF"
    elif reasons[0]:
        became = "mended: was refused"
    elif len(offs) > 1 and offs[0] is not None and offs[0] > max(MUCH, 2 * offs[-1]):
        became = "mended: was wrong"
    else:
        became = "right"
    return became + (remark and f" ({remark})")


def write(folder: Path) -> None:
    """Writes the kinds, of a few pixels, and what is in them, for TestKinds."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    pictures, index = {}, []
    for i, kind in enumerate(wild.kinds(24, 16)):
        file = f"{i:03}"
        (folder / file).write_bytes(kind.content)
        picture = kind.picture
        if picture is None:
            try:
                picture = upright_rgb(Image.open(io.BytesIO(kind.content)))
            except Exception:  # noqa: BLE001 (Pillow raises what it likes)
                picture = None
        want = ""
        if picture is not None:
            content = saved(picture, "PNG")
            want = pictures.setdefault(content, f"{file}.png")
            (folder / want).write_bytes(content)
        index.append({"name": kind.name, "file": file, "want": want})
    (folder / "index.json").write_text(json.dumps(index, indent="\t") + "\n")


def extracted(commit: str, folder: Path) -> Path:
    """The files of a commit, in folder."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    parser.add_argument("--before", metavar="COMMIT", help="the headstart to compare with")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write small files of the drawn kinds, and what is in them")
    arguments = parser.parse_args()
    for folder in [folder for folder in arguments.folders if not folder.is_dir()]:
        print(f"no folder {folder}: its examples are left out", file=sys.stderr)
        arguments.folders.remove(folder)
    if arguments.write:
        write(arguments.write)
        return
    warnings.simplefilter("ignore")
    register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None
    with tempfile.TemporaryDirectory() as drawn, tempfile.TemporaryDirectory() as source:
        sources = [ROOT] if not arguments.before else [extracted(arguments.before, Path(source)), ROOT]
        files = files_of(arguments.folders, Path(drawn))
        errors = os.dup(2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff's complaints
        table = rows(files, sources)
        os.dup2(errors, 2)
        if models := [path for path in examples(arguments.folders) if path.suffix == ".onnx"]:
            table += networks.rows(models, sources)
    before = arguments.before is not None
    print(f"| kind |{' before |' if before else ''} now | reference | |\n|---|{'---|' if before else ''}---|---|---|")
    for row in table:
        print("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |")
    counts = Counter(row[-1].partition(" (")[0] for row in table)
    print(f"\n{len(table)} files: " + ", ".join(f"{n} {became}" for became, n in sorted(counts.items())))


if __name__ == "__main__":
    main()
