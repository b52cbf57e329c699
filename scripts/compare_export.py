#!/usr/bin/env python3
"""Compares docs/examples/classify.py with headstart score.

    compare_export.py MODEL SCORES TOLERANCE SHARE

SCORES is the output of headstart score --json with the head in MODEL. The
probability of each class named may differ by TOLERANCE, and SHARE of the images
must get the same class.
"""

import json
import subprocess
import sys
from pathlib import Path

model, scores, tolerance, share = sys.argv[1:]
example = Path(__file__).parent.parent / "docs" / "examples" / "classify.py"
scores = [json.loads(line) for line in open(scores)]
command = [sys.executable, example, model, *(score["path"] for score in scores)]
lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
same = 0
for score, line in zip(scores, lines, strict=True):
    path, name, probability = line.split("\t")
    assert path == score["path"]
    same += name == score["class"]
    difference = abs(float(probability) - score["probabilities"][name])
    assert difference <= float(tolerance), (path, difference)
assert same >= float(share) * len(scores), f"only {same} of {len(scores)}"
print(f"{len(scores)} images, {same} of the same class")
