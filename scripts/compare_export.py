"""Compares docs/examples/classify.py with headstart score.

SCORES is the output of headstart score --json with the head in MODEL. The
probability of each class named may differ by TOLERANCE, and SHARE of the images
must get the same class.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("model", metavar="MODEL")
parser.add_argument("scores", type=Path, metavar="SCORES")
parser.add_argument("tolerance", type=float, metavar="TOLERANCE")
parser.add_argument("share", type=float, metavar="SHARE")
args = parser.parse_args()
example = Path(__file__).parent.parent / "docs" / "examples" / "classify.py"
with args.scores.open() as lines:
    scores = [json.loads(line) for line in lines]
command = [sys.executable, example, args.model, *(score["path"] for score in scores)]
lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
same = 0
for score, line in zip(scores, lines, strict=True):
    path, name, probability, _ = line.split("\t")
    assert path == score["path"]
    same += name == score["class"]
    difference = abs(float(probability) - score["probabilities"][name])
    assert difference <= args.tolerance, (path, difference)
assert same >= args.share * len(scores), f"only {same} of {len(scores)}"
print(f"{len(scores)} images, {same} of the same class")
