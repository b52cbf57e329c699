"""Compares an example of docs/examples with headstart score.

SCORES is the output of headstart score --json with the head in MODEL. The
probability of each class named may differ by TOLERANCE, and SHARE of the images that
score reads must get the same class: one that the example does not read counts as wrong.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "classify.py"


def answers(example: Path, model: Path, paths: list[str], python: str = sys.executable) -> dict[str, tuple[str, float]]:
    """Returns what an example, a .py or .mjs file, says of the images that it reads: class and probability."""
    program = python if example.suffix == ".py" else "node"
    run = subprocess.run([program, example, model, *paths], capture_output=True, text=True)
    assert run.returncode in (0, 3), run.stderr
    lines = (line.split("\t") for line in run.stdout.splitlines())
    return {path: (name, float(probability)) for path, name, probability, _ in lines}


class Comparison:
    """What score and an example say of the images that both read."""

    def __init__(self, scores: dict[str, dict[str, float]], given: dict[str, tuple[str, float]]) -> None:
        both = scores.keys() & given.keys()
        self.images = len(both)
        self.same = sum(given[path][0] == max(scores[path], key=scores[path].get) for path in both)
        self.differences = {path: abs(given[path][1] - scores[path][given[path][0]]) for path in both}

    def median(self) -> float:
        return statistics.median(self.differences.values())

    def largest(self) -> float:
        return max(self.differences.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("scores", type=Path, metavar="SCORES")
    parser.add_argument("tolerance", type=float, metavar="TOLERANCE")
    parser.add_argument("share", type=float, metavar="SHARE")
    args = parser.parse_args()
    with args.scores.open() as lines:
        scores = {score["path"]: score["probabilities"] for score in map(json.loads, lines) if score.get("probabilities")}
    c = Comparison(scores, answers(EXAMPLE, args.model, list(scores)))
    for path, difference in c.differences.items():
        assert difference <= args.tolerance, (path, difference)
    assert c.same >= args.share * len(scores) > 0, f"only {c.same} of {len(scores)}"
    unread = f"; {len(scores) - c.images} not read" if c.images < len(scores) else ""
    print(f"{c.images} images, {c.same} of the same class; probabilities differ by {c.median():.1g} in the median, {c.largest():.1g} at most{unread}")


if __name__ == "__main__":
    main()
