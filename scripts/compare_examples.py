"""Prints how far each example of docs/examples differs from headstart score, as a table.

    compare_examples.py HEADSTART HEAD MODEL DATA EXAMPLE...

MODEL is HEAD, exported; DATA is the folder of test data; EXAMPLE is a .py or .mjs
file. Differences are of the probability of the class that the example names.
"""

import argparse
import json
import subprocess
from pathlib import Path

from compare_export import Comparison, answers

# Kinds of images, and of how many files one is taken.
KINDS = {
    "photos": (["cats_vs_dogs/*/*.jpg", "hymenoptera/*/*/*.jpg", "flowers5/*/*.jpg"], 10),
    "photos of 3 to 12 megapixels": (["large_photos/*"], 1),
    "turned by Exif": (["odd_inputs/exif_orientation/*.jpg"], 1),
    "16 bits, PNG": (["odd_inputs/wild/gray16.png", "odd_inputs/pillow/*16*.png", "odd_inputs/fuzz_corpus/png/*g16.png"], 1),
    "16 bits, TIFF": (["odd_inputs/pillow/*16*.tif", "odd_inputs/pillow/*16*.tiff"], 1),
    "HEIC": (["odd_inputs/wild/*.heic", "odd_inputs/wild/*.heif"], 1),
}


def scored(headstart: str, head: str, paths: list[str]) -> dict[str, dict[str, float]]:
    """Returns the probabilities that score gives for the images that it reads."""
    run = subprocess.run([headstart, "score", head, "--no-store", "--json", *paths], capture_output=True, text=True)
    assert run.returncode in (0, 3), run.stderr
    return {score["path"]: score["probabilities"] for score in map(json.loads, run.stdout.splitlines()) if score.get("probabilities")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("headstart", metavar="HEADSTART")
    parser.add_argument("head", metavar="HEAD")
    parser.add_argument("model", type=Path, metavar="MODEL")
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("examples", type=Path, nargs="+", metavar="EXAMPLE")
    parser.add_argument("--verbose", action="store_true", help="name what differs by more than 0.02, and what only one reads")
    options = parser.parse_args()
    print("| images | example | read by both, only by score, only by it | the same class | median difference | largest |\n|---|---|---|---|---|---|", flush=True)
    for kind, (patterns, nth) in KINDS.items():
        paths = [str(path) for pattern in patterns for path in sorted(options.data.glob(pattern))[::nth]]
        scores = scored(options.headstart, options.head, paths)
        for example in options.examples:
            given = answers(example, options.model, paths)
            c = Comparison(scores, given)
            counts = f"{c.images}, {len(scores) - c.images}, {len(given) - c.images}"
            print(f"| {kind} | {example.name} | {counts} | {c.same} | " + (f"{c.median():.1g} | {c.largest():.1g} |" if c.images else "| |"), flush=True)
            if options.verbose:
                print(*(f"{path}: {d:.3g}" for path, d in sorted(c.differences.items()) if d > 0.02), sep="\n")
                print(*(f"{path}: only one reads it" for path in sorted(scores.keys() ^ given.keys())), sep="\n")


if __name__ == "__main__":
    main()
