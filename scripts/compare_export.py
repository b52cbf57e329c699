"""Compares an example of docs/examples with headstart score.

SCORES is the output of headstart score --json with the head in MODEL. The
probability of each class named may differ by TOLERANCE, and SHARE of the images
must get the same class. Images that only one of them reads are counted.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("model", metavar="MODEL")
parser.add_argument("scores", type=Path, metavar="SCORES")
parser.add_argument("tolerance", type=float, metavar="TOLERANCE")
parser.add_argument("share", type=float, metavar="SHARE")
parser.add_argument("--example", type=Path, default=EXAMPLES / "classify.py", help="a .py or .mjs file; the default is classify.py")
args = parser.parse_args()
with args.scores.open() as lines:
    scores = [score for score in map(json.loads, lines) if score.get("probabilities")]
program = sys.executable if args.example.suffix == ".py" else "node"
command = [program, args.example, args.model, *(score["path"] for score in scores)]
run = subprocess.run(command, capture_output=True, text=True)
assert run.returncode in (0, 3), run.stderr
answers = {path: rest for path, *rest in (line.split("\t") for line in run.stdout.splitlines())}
same, differences = 0, []
for score in scores:
    if score["path"] not in answers:
        continue
    name, probability, _ = answers[score["path"]]
    same += name == max(score["probabilities"], key=score["probabilities"].get)
    difference = abs(float(probability) - score["probabilities"][name])
    assert difference <= args.tolerance, (score["path"], difference)
    differences.append(difference)
assert same >= args.share * len(answers), f"only {same} of {len(answers)}"
unread = f"; {len(scores) - len(answers)} not read" if len(answers) < len(scores) else ""
print(f"{len(answers)} images, {same} of the same class; probabilities differ by {statistics.median(differences):.1g} in the median, {max(differences):.1g} at most{unread}")
