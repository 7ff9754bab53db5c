# Each target sets up by itself what it needs, and does nothing quickly where that is already there.
# `make PYTHON=/path/to/python3 ...` takes another Python (3.11 or newer) for the virtual environment.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run test bench nightly lint package clean

py := .venv/bin/python
# Two at a time: the suite waits for processes and files more than it computes.
jobs ?= 2
code := $(wildcard main.py) console widgets sync bench

help:
	@echo "make run      the console on its demo city (without a display: its pictures in shots/)"
	@echo "make test     lint, types and all quick tests"
	@echo "make nightly  the long sweeps"
	@echo "make bench    all benchmarks, each beside its rival"
	@echo "make package  the one-folder bundle, its components, a .deb and a self-extracting .run in dist/"
	@echo "make lint     only lint and types;  make setup, make clean"

setup:
	@.ci/setup.sh run

# Without a display the console takes four virtual monitors, draws them into shots/ and ends.
run: setup
	@exec $(py) main.py run $(ARGS)

lint:
	@.ci/setup.sh dev
	@$(py) -m ruff check --quiet .
	@$(py) -m ruff format --check --quiet .
	@$(py) -m mypy --no-error-summary $(code)
	@echo "lint and types: clean"

test: lint
	@QT_QPA_PLATFORM=offscreen $(py) -m pytest -n $(jobs) $(PYTEST)

nightly:
	@.ci/setup.sh dev
	@QT_QPA_PLATFORM=offscreen KENDALI_NIGHTLY=1 $(py) -m pytest -m nightly $(PYTEST)

bench:
	@.ci/setup.sh web
	@mkdir -p build/bench
	@$(py) -m bench $(BENCH) --json build/bench/results.json

package:
	@.ci/setup.sh dev
	@.ci/package.sh

clean:
	rm -rf build dist shots .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
