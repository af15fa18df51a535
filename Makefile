# Each target sets up what it needs, and does nothing that is done already.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
unexport PYTHONDONTWRITEBYTECODE  # else every worker and process of a test compiles all it imports again

.PHONY: run test quick check bench bars cards pretrained picture setup
run: $(VENV)/.run
	$(BIN)/streamlit run dashboard/app.py --server.address 127.0.0.1 --server.port $(PORT)

test: setup
	$(BIN)/python -m benchmarks.harness.chromium
	$(BIN)/pytest -n 3 --dist loadgroup --no-loadscope-reorder  # three on two cores: a browser's test waits half of its time

quick: setup
	$(BIN)/pytest -n 2 -m "not browser and not faults and not slow"

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pydoclint aecore dashboard
	if command -v npm > /dev/null && $(MAKE) --no-print-directory node_modules/.checks; then npm run --silent check; \
		else echo "npm or its packages are not here: neither the browser's JavaScript nor types are checked"; fi

node_modules/.checks: package.json package-lock.json
	npm ci --silent --no-audit --no-fund
	touch $@

bars: setup
	$(BIN)/python -m benchmarks.bars

cards: $(VENV)/.run
	$(BIN)/python -m docs.variants
	$(BIN)/python -m docs.metrics
	$(BIN)/python -m docs.corruptions
	$(BIN)/python -m docs.priors

bench: setup
	$(BIN)/python -m benchmarks.harness.chromium
	$(BIN)/python -m benchmarks

pretrained: $(VENV)/.run
	$(BIN)/python -m aecore train --recipes pretrained/recipes.json --store pretrained --no-rewind
	$(BIN)/python -m aecore coverage --store pretrained
	$(BIN)/python -m benchmarks.seeds digits ae vae aae
	$(BIN)/python -m aecore project --recipes pretrained/projections.json --store pretrained
	for run in mnist-ae-z2 mnist-vae-z2 mnist-aae-z2 fashion_mnist-ae-z2 fashion_mnist-vae-z2 fashion_mnist-aae-z2; \
		do $(BIN)/python -m aecore holes $$run --store pretrained || exit 1; done
	for variant in ae vae aae; do $(BIN)/python -m aecore rewind mnist-$$variant-z2 --store pretrained || \
		{ $(BIN)/python -m aecore train $$variant mnist --store build/rewinds && \
		$(BIN)/python -m aecore rewind mnist-$$variant-z2 --compact --source build/rewinds --store pretrained; } \
		|| exit 1; done

picture: setup
	$(BIN)/python -m benchmarks.harness.chromium
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
