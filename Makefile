# The menu. Needs make and Python 3.11 or newer with pip; everything else is set up.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
CI ?=

.PHONY: help demo test check lint types layers eval wheel bench approve clean

help:  ## Show this menu
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/digest: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.test: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(BIN)/digest $@

demo: $(BIN)/digest  ## Build, preview and "send" a digest of bundled articles
	$(BIN)/digest demo --out out

test: .venv/.test peers  ## Set up what the tests need, and run them
	$(BIN)/python -m pytest -n auto

# Chromium, Prism, mjml where they can be had; tests that miss them say so.
.PHONY: peers
peers:
	@.ci/peers

check: lint types layers  ## Everything but the tests

lint: .venv/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/.test
	$(BIN)/mypy

layers: .venv/.test
	$(BIN)/lint-imports

eval: .venv/.test  ## How well quotes, ledes and pages are found, against the floors
	$(BIN)/python -m tests.eval.gate
	$(BIN)/python -m tests.eval.pages_gate

wheel: .venv/.test  ## Build the distribution into dist/
	$(BIN)/python -m build

bench: .venv/.test  ## Benchmarks, as ratios side by side
	$(BIN)/python -m benchmarks

approve: .venv/.test  ## Renew the pictures that the e-mail is compared with; look at them
	$(BIN)/python -m tests.rendering.pictures

clean:  ## Remove what was set up and built
	rm -rf .venv out dist tests/peers/node_modules
