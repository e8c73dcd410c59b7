# `make setup` once, `make check` often, `make test` before you push.

PYTHON ?= $(shell scripts/python)
BIN := .venv/bin
# Processes for the test-suite: one a processor, and one thread of BLAS in each.
JOBS ?= auto
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup serve test check format lint lock assets screenshots clean

help:  ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/installed  ## Make .venv with everything, and install what the system lacks, where that can be done
	@scripts/system-packages

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than Python 3.11; name a newer one: make setup PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing: apt-get install python3-venv"; exit 2; }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/oracle: .venv/installed
	@# Not compiled ahead: most of PyTorch is never imported, and compiling it takes longer than the rest.
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-build-isolation --editable '.[oracle]'
	@touch $@

serve: setup  ## Run the platform with a demo course: http://127.0.0.1:8000
	$(BIN)/chainrule serve --demo

test: setup .venv/oracle lint  ## Run everything: lint, types, layers, and the whole suite
	@scripts/system-packages test
	$(BIN)/pytest -n $(JOBS)

check: setup format lint  ## The quick loop: format, lint, types, layers, fast tests
	$(BIN)/pytest -n $(JOBS) -m 'not slow' --ignore tests/oracle --ignore tests/redteam --ignore tests/content

format: setup  ## Format the code
	$(BIN)/ruff format --quiet .

lint: setup  ## Lint, types, and the directions of imports
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: setup  ## Write requirements.lock anew from pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--no-emit-options --strip-extras --allow-unsafe --extra server --extra dev -o requirements.lock pyproject.toml

assets:  ## Bundle anew what the pages load in the browser (needs Node; the result is committed)
	cd assets && npm ci && npm run build
	rm -rf assets/node_modules

screenshots: setup  ## Take pictures of every page into docs/images
	@scripts/system-packages test
	$(BIN)/python -m tests.browser.screenshots

clean:  ## Remove what setup and the tools have made
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
