# Every target works in a fresh clone: it makes .venv first, from the locked requirements.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-installed
DEV_STAMP := $(VENV)/.dev-installed

# Each process that a test starts would compile everything again where this is set.
export PYTHONDONTWRITEBYTECODE :=

# What is imported is compiled at its first import: half of what pip would compile never is.
PIP := --quiet --disable-pip-version-check --no-compile

.PHONY: setup demo run test thorough matrix check format bench bench-large chaos soak screenshots lock clean help

help:
	@echo "make demo    a local Slack workspace and a local Botify in the browser; no account needed"
	@echo "make test    all tests        make check   format, lint, types, layers"
	@echo "make run     serve Slack      make bench   figures        make setup   only .venv"
	@echo "make chaos   random crashes: hundreds of kills     make soak   a thousand exports, with faults and kills"
	@echo "make screenshots   the pictures in docs/images, taken from the demo (needs Chromium)"

# First the pip of the lock file: that of the system may be years old, and takes twice as long.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^pip==/,/^ *#/p' requirements.txt | $(BIN)/python -m pip install $(PIP) --require-hashes -r /dev/stdin

$(RUN_STAMP): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the program needs into $(VENV): once, about a minute."
	@$(BIN)/python -m pip install $(PIP) --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): requirements-dev.txt pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install $(PIP) --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install $(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pytest --collect-only -q >/dev/null || true # compiles once what all workers import
	@touch $(RUN_STAMP) $@

setup: $(RUN_STAMP)

demo: setup
	@$(BIN)/botify-export demo

run: setup
	@$(BIN)/botify-export run

# Four at a time, also on two cores: much of a scenario is waiting for the program's own pauses.
# What fails is tried once more by itself: four at a time may miss a deadline of real time.
test: $(DEV_STAMP)
	$(BIN)/python -m pytest -n 4 $(ARGS) || $(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(ARGS)

# With the tests that make test leaves out, or plays one of three of: see tests/conftest.py.
thorough: $(DEV_STAMP)
	EVERY_CELL=1 $(BIN)/python -m pytest -n 4 --thorough $(ARGS)

# Every cell of the table in docs/reliability.md; make test plays some of them.
matrix: $(DEV_STAMP)
	EVERY_CELL=1 $(BIN)/python -m pytest -n 4 tests/faults/test_fault_matrix.py

check: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV_STAMP)
	$(BIN)/python -m benchmarks

bench-large: $(DEV_STAMP)
	$(BIN)/python -m benchmarks large

# The program killed again and again: RUNS=, SEED= to repeat, ONLY= for one run of a seed.
chaos: $(DEV_STAMP)
	@PYTHONPATH=.:tests:tests/scenario $(BIN)/python tests/crash/chaos.py $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--runs $(RUNS)) $(if $(ONLY),--only $(ONLY)) $(ARGS)

soak: $(DEV_STAMP)
	@PYTHONPATH=.:tests:tests/scenario $(BIN)/python tests/crash/soak.py $(if $(SEED),--seed $(SEED)) $(if $(EXPORTS),--exports $(EXPORTS)) $(if $(KILLS),--kills $(KILLS)) $(ARGS)

screenshots: $(DEV_STAMP)
	$(BIN)/python tests/browser/pictures.py

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

lock:
	$(COMPILE) pyproject.toml --group build --output-file requirements.txt
	$(COMPILE) pyproject.toml --group build --group dev --constraint requirements.txt --output-file requirements-dev.txt

clean:
	rm -rf $(VENV) dist build
