# Warroom. `make` alone lists what there is. Needs python3 (3.11 or newer), git and make; the rest goes into .venv.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= $(shell for name in python3.11 python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lab drawing bench chaos wheel lock clean

help: ## List what make can do here
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

setup: $(READY) ## Make .venv and install the pinned packages and Warroom itself; quick when that is done
	@echo "Ready. Next: make demo"

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Warroom needs Python 3.11 or newer, and finds none here."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## Play a P0 on simulated production, and watch
	@$(BIN)/warroom demo $(ARGS)

test: $(READY) ## Run the tests: no key and no network needed
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 $(ARGS)

check: $(READY) ## Lint, formatting, types and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache

format: $(READY) ## Put the code into shape
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

lab: $(READY) ## Play a real incident: Prometheus, Alertmanager, nginx and a browser on this machine
	@$(BIN)/python tests/lab/lab.py $(ARGS)

drawing: $(READY) ## Draw the graph into the README
	@PYTHONPATH=. $(BIN)/python tests/drawing.py

bench: $(READY) ## Measure restarts, waiting and overhead; prints JSON
	@$(BIN)/python -m tests.benchmarks.run $(ARGS)

chaos: $(READY) ## Kill Warroom with SIGKILL at every moment, and count what was lost or done twice
	@$(BIN)/python tests/chaos/chaos.py $(ARGS)

wheel: $(READY) ## Build the wheel into dist/
	@rm -rf dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist

lock: ## Write requirements.lock anew: the newest packages that pyproject.toml allows
	@rm -rf build/lock && mkdir -p build && $(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install --quiet '.[dev]'
	@{ echo "# Every package that Warroom runs and is developed with. Made by 'make lock'."; \
	   build/lock/bin/python -m pip freeze --exclude warroom; } > build/requirements.lock
	@mv build/requirements.lock requirements.lock && rm -rf build

clean: ## Remove what was built and cached; .venv stays
	@rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find agents api evals graphs prompts tests -name __pycache__ -type d -prune -exec rm -rf {} +
