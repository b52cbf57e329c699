"""Prints whether cross-validated scores hold for groups that nobody has seen.

Holds back groups of a manifest at random, several times, and trains on the
others: with the manifest's groups; without them, so that only near-duplicates are
kept together; and without either. A line is the mean of what train-head says of
itself by cross-validation, of what the groups that were held back say, and of how
far one is from the other.
"""

import argparse
import json
import random
import tempfile
from pathlib import Path
from statistics import mean

from headstart import PROGRAM, run

KNOWN = {
    "groups": (True, []),
    "near-duplicates": (False, []),
    "neither": (False, ["--no-near-duplicates"]),
}


def draw(images: list[dict], share: float, seed: int) -> set[str]:
    """Returns groups at random, with at least the share of the images of each class."""
    groups = sorted({image["group"] for image in images})
    random.Random(seed).shuffle(groups)
    held = set()
    for label in {image["label"]: 0 for image in images}:
        sizes = {group: sum(i["group"] == group and i["label"] == label for i in images) for group in groups}
        wanted = share * sum(sizes.values()) - sum(sizes[group] for group in held)
        for group in groups:
            if wanted <= 0:
                break
            if sizes[group] and group not in held:
                held.add(group)
                wanted -= sizes[group]
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest", type=Path, help="in JSON Lines, with path, label and group of each image, and no splits")
    parser.add_argument("--headstart", type=Path, default=PROGRAM)
    parser.add_argument("--share", type=float, default=0.3, help="of the images to hold back")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--backbone", default="auto")
    options = parser.parse_args()
    images = [json.loads(line) for line in options.manifest.read_text().splitlines()]
    for image in images:
        image["path"] = str(options.manifest.parent.resolve() / image["path"])
    pairs = {name: [] for name in KNOWN}
    with tempfile.TemporaryDirectory() as scratch:
        manifest = Path(scratch, "drawn.jsonl")
        for seed in range(options.draws):
            held = draw(images, options.share, seed)
            for name, (grouped, flags) in KNOWN.items():
                with manifest.open("w") as lines:
                    for image in images:
                        line = image | {"split": "test" if image["group"] in held else "train"}
                        if not grouped:
                            del line["group"]
                        print(json.dumps(line), file=lines)
                report = run(options.headstart, "train-head", manifest, "-o", Path(scratch, "head.onnx"), "--backbone", options.backbone, *flags, quiet=True)
                pairs[name].append((report["cross_validated"], report["splits"][-1]))
    print(f"{'kept together':16}{'cross-validated':>16}{'other groups':>14}{'difference':>12}{'distance':>10}{'ECE':>8}{'of others':>11}")
    for name, scores in pairs.items():
        differences = [100 * (own["accuracy"] - others["accuracy"]) for own, others in scores]
        own, others = (mean(pair[i]["accuracy"] for pair in scores) for i in (0, 1))
        calibration = [mean(pair[i]["calibration_error"] for pair in scores) for i in (0, 1)]
        print(f"{name:16}{own:16.4f}{others:14.4f}{mean(differences):9.2f} pt{mean(map(abs, differences)):7.2f} pt{calibration[0]:8.4f}{calibration[1]:11.4f}")


if __name__ == "__main__":
    main()
