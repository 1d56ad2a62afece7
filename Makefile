# `make` alone lists what there is to do.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
PYTHON ?= python3.11
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export ORGANIZER_INSTANCE ?= instance
export ORGANIZER_URL ?= http://127.0.0.1:$(PORT)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run install test test-tools check format translations translations-update vendor screenshots bench clean

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

run: $(VENV)/installed built ## Start with a demo community on http://127.0.0.1:8000 (PORT=, ORGANIZER_INSTANCE=, EMPTY=1 for an empty one)
	@$(BIN)/organizer up $(if $(EMPTY),--empty) --port $(PORT)

install: $(VENV)/installed built ## Install into .venv

$(VENV)/installed: setup.cfg constraints.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is needed: apt-get install python3.11 python3.11-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[scale]'
	touch $@

.PHONY: built
built: $(VENV)/installed translations
	@$(BIN)/python -W ignore::RuntimeWarning:runpy -m organizer.web.assets

$(VENV)/tested: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[scale,dev]'
	touch $@

test-tools: $(VENV)/tested built ## Install what the tests need, Chromium included
	@command -v chromium >/dev/null || { echo "The tests drive a real browser: installing Chromium from the distribution."; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; }

test: test-tools ## Run all tests (T=tests/events for some)
	$(BIN)/python -m pytest $(or $(T),-n 2 -m "not browser" --cov --cov-report=)
	$(if $(T),,$(BIN)/python -m pytest -m browser --cov --cov-append --cov-report=)
	$(if $(T),,$(BIN)/python -m coverage report | tail -40)

check: $(VENV)/tested ## Static checks: format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/tested ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

translations: $(VENV)/installed ## Compile the translations
	@$(BIN)/pybabel -q compile -d organizer/translations

translations-update: $(VENV)/installed ## Collect new strings into the catalogues
	@mkdir -p build
	$(BIN)/pybabel -q extract -F organizer/translations/babel.cfg -k N_ -k lazy_gettext -k _l -k ngettext:1,2 -k lazy_ngettext:1,2 -k pgettext:1c,2 --sort-by-file --no-location --project Organizer -o build/messages.pot organizer
	$(BIN)/pybabel -q update -i build/messages.pot -d organizer/translations --no-fuzzy-matching --ignore-obsolete

vendor: $(VENV)/installed ## Fetch the front-end files named in vendor.toml (needs npm)
	$(BIN)/python -W ignore::RuntimeWarning:runpy -m organizer.web.vendoring

screenshots: test-tools ## Make the pictures of the README from the demo
	$(BIN)/python bench/screenshots.py

bench: $(VENV)/tested ## Measure the goals of bench/ as ratios
	$(BIN)/python bench/pages.py

clean: ## Remove what was built; the data folder stays
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
