# Earmark: two commands matter. `make serve` runs it, `make test` tests it. `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
STAMP  := $(VENV)/.installed
EARMARK_ARGS ?=

.PHONY: help install serve test lint types contracts unit proof bench shape graphiql lock clean
.DEFAULT_GOAL := help

help: ## list the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

install: $(STAMP) ## create .venv and install the locked packages

# durable-rules comes as C source: its setup drops -O, and Python 3.13 renamed a call it uses.
$(STAMP): requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. Install Python 3.11 or newer, then run make again."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) --version) is too old. Earmark needs Python 3.11 or newer: make PYTHON=python3.12 install"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sysconfig, pathlib, sys; sys.exit(not (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists())' || { echo "Python's C headers are missing. On Debian and Ubuntu: apt-get install python3-dev"; exit 1; }
	@command -v $${CC:-cc} >/dev/null || { echo "A C compiler is missing (durable-rules is compiled here). On Debian and Ubuntu: apt-get install build-essential"; exit 1; }
	@echo "Setting up $(VENV) (about a minute, once) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@CPPFLAGS='-DPyEval_CallObject=PyObject_CallObject -O2' $(PY) -m pip install --disable-pip-version-check -q --require-hashes -r requirements.lock
	@printf '#!/bin/sh\n# Earmark from this checkout.\nhere=$$(CDPATH= cd -- "$$(dirname -- "$$0")/../.." && pwd)\nPYTHONPATH="$$here$${PYTHONPATH:+:$$PYTHONPATH}" exec "$$here/.venv/bin/python" -m gateway "$$@"\n' > $(VENV)/bin/earmark
	@chmod +x $(VENV)/bin/earmark
	@touch $(STAMP)
	@echo "Set up."

serve: $(STAMP) ## run Earmark on the demo company: http://127.0.0.1:8000
	@exec $(VENV)/bin/earmark serve --demo $(EARMARK_ARGS)

test: $(STAMP) lint types contracts unit ## everything quick: style, types, import contracts, tests

lint: $(STAMP)
	@$(PY) -m ruff check . && $(PY) -m ruff format --check -q .

types: $(STAMP)
	@$(PY) -m mypy

contracts: $(STAMP)
	@$(VENV)/bin/lint-imports --no-cache

unit: $(STAMP)
	@$(PY) -m pytest -m 'not proof' -n auto --dist loadfile

proof: $(STAMP) ## everything slow: kills, several processes
	@$(PY) -m pytest -m proof

bench: $(STAMP) ## measure what an answer costs here (about four minutes)
	@$(VENV)/bin/earmark bench

shape: $(STAMP) ## list long modules and functions: places to look, not a verdict
	@$(PY) -m ruff check --isolated --select PLR0913,PLR0915,C901 --exit-zero --output-format concise gateway resolvers rules datasources telemetry
	@git ls-files '*.py' | xargs wc -l | awk '$$2 != "total" && $$1 > 300 {print $$2 ": " $$1 " lines"}'

graphiql: ## build GraphiQL's page again from its pinned sources (needs Node 20.19 or newer)
	@command -v npm >/dev/null || { echo "Node is missing. Install Node 20.19 or newer (only this target needs it)."; exit 1; }
	@cd gateway/console/graphiql && npm ci && npm run -s build && rm -rf node_modules

lock: $(STAMP) ## write requirements.lock again from pyproject.toml (needs uv)
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --group dev pyproject.toml -o requirements.lock

clean: ## remove what make install made; your data in .earmark stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
