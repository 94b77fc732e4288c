# The menu. Needs make and Python 3.11 or newer with pip; everything else is set up.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
CI ?=

.PHONY: help demo test check lint types layers eval wheel bench crash storm fuzz approve clean

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

eval: .venv/.test  ## How well quotes, ledes, pages and stories are found, against the floors
	$(BIN)/python -m tests.eval.gate
	$(BIN)/python -m tests.eval.pages_gate
	$(BIN)/python -m tests.eval.same_story

wheel: .venv/.test  ## Build the distribution into dist/
	$(BIN)/python -m build

# newspaper4k asks for older libraries than it needs, and for lxml's extra by a name
# that the pip of Python 3.11 does not find; what it imports is in the extra.
.venv/.bench: .venv/.test
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps newspaper4k
	@touch $@

bench: .venv/.bench  ## Benchmarks, as ratios side by side
	$(BIN)/python -m benchmarks

FUZZ_SECONDS ?= 60
.venv/.fuzz: .venv/.test
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	@touch $@

KILLS ?= 500
crash: .venv/.test  ## Kill senders KILLS times: nobody lost, nobody twice
	$(BIN)/python -m tests.delivery.crash $(KILLS)

storm: .venv/.test  ## Kill workers and PostgreSQL: 20,000 people, each one mail
	$(BIN)/python -m tests.service.storm

fuzz: .venv/.fuzz  ## Look for input that breaks a reader, FUZZ_SECONDS each
	for target in text page feed; do $(BIN)/python -m tests.fuzz $$target $(FUZZ_SECONDS) || exit; done

approve: .venv/.test  ## Renew the pictures that the e-mail is compared with; look at them
	$(BIN)/python -m tests.rendering.pictures

clean:  ## Remove what was set up and built
	rm -rf .venv .fuzz out dist tests/peers/node_modules
