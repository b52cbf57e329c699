# Keeps image decoders inside their WebAssembly sandbox, away from C libraries
# that happen to be installed.
TAGS := nodynamic
export GOFLAGS := $(strip $(shell go env GOFLAGS) -tags=$(TAGS))

.DEFAULT_GOAL := help
.PHONY: help setup build demo test lint compare clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## bring ONNX Runtime and a backbone into the user's cache folder
	@scripts/setup.sh

build: ## build bin/headstart
	go build -trimpath -o bin/headstart ./cmd/headstart

demo: setup build ## teach a head MNIST's digits and check what it learnt
	@scripts/demo.sh

test: setup ## run every test
	go test ./...

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

.venv-peers/installed: scripts/requirements-peers.txt | setup
	.venv/bin/python -m venv --clear .venv-peers
	.venv-peers/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r $<
	@touch $@

clean: ## remove what was made in this folder; the cache folder stays
	rm -rf bin demo .venv .venv-peers
