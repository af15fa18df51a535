# Each target sets up what it needs, and does nothing that is done already.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check bench bars cards pretrained picture setup
run: $(VENV)/.run
	$(BIN)/streamlit run dashboard/app.py --server.address 127.0.0.1 --server.port $(PORT)

test: setup
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/pytest -n 2 --dist loadgroup

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pydoclint aecore dashboard

bars: setup
	$(BIN)/python -m benchmarks.bars

cards: $(VENV)/.run
	$(BIN)/python -m docs.variants

bench: setup
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m benchmarks

pretrained: $(VENV)/.run
	$(BIN)/python -m aecore train --recipes pretrained/recipes.json --store pretrained

picture: setup
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m docs.picture

setup: $(VENV)/.dev

$(VENV)/.run: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 run")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements-dev.txt
	touch $@
