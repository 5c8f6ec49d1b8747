# make chat   set everything up and open the assistant in a browser
# make test   set everything up and run the tests
# make check  lint, types, import rules
# make eval   ask our own questions and report (DATA=DIR for an outside set, MODEL=NAME with a chat model at OPENAI_BASE_URL)
# make eval-all   all sets below BENCH=DIR and the red team, then targets against measured values in one table
# make bench  how fast: against the plain recipe, cold and warm, index, memory, growth, load
PYTHON ?= python3
BENCH ?= ../shared/bench
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
# PyTorch's small CPU build: the exact version is what makes pip take it where a wheel of it lies on disk; see README.
TORCH := torch==2.13.0

.PHONY: chat test check eval eval-all bench fit browser clean

chat: $(STAMPS)/run
	@$(BIN)/assistant serve --open

test: $(STAMPS)/dev browser
	@$(BIN)/python -m pytest

check: $(STAMPS)/dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports

eval: $(STAMPS)/dev
	@$(BIN)/python -m evals run $(if $(DATA),--data $(DATA)) $(if $(MODEL),--model $(MODEL)) $(if $(REPLAY),--replay $(REPLAY))
	@$(BIN)/python -m evals table

eval-all: $(STAMPS)/dev
	@$(BIN)/python -m evals all $(BENCH)

bench: $(STAMPS)/dev
	@$(BIN)/python -m evals bench

fit: $(STAMPS)/dev
	@$(BIN)/python -m evals fit $(if $(OUTSIDE),--outside $(OUTSIDE))

browser: $(STAMPS)/dev
	@$(BIN)/python -m tests.browser

clean:
	rm -rf $(VENV) build dist

$(VENV)/bin/python:
	@echo "Making a virtual environment in $(VENV)…"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: install it, then run make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(STAMPS)/run: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing the assistant (the first time it downloads about 600 MB and takes a few minutes)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$(TORCH)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: $(STAMPS)/run
	@echo "Installing what the tests need…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@
