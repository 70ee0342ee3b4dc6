# Warroom. `make` alone lists what there is. Needs python3 (3.11 or newer), git and make; the rest goes into .venv.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= $(shell for name in python3.11 python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The tests start many interpreters: without compiled modules on disk each would compile the whole project again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test postgres check format lab cluster image street drawing eval table hard bench storm model tokens profiles engine chaos long e2e shots schema replay hostile wheel lock clean

help: ## List what make can do here
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

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

test: $(READY) ## Run the tests: no key and no network needed; ARGS=--postgres with every store on PostgreSQL
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadfile $(ARGS)

CONTRACT := $(addprefix tests/graphs/,store outbox maintenance background/test_workflow.py transcript/test_events.py \
	$(addprefix engine/test_,worker.py lane_executor.py scheduler.py drain.py checkpointer.py) \
	$(addprefix intake/test_,alerts.py storms.py inbox.py incident_service.py change_ledger.py inhibitions.py) \
	$(addprefix runtime/test_,questions.py dependencies.py node_context.py)) \
	$(addprefix tests/api/,streaming cli/test_nodes.py cli/test_keys.py \
	$(addprefix intake/test_,idempotency.py receiving.py alert_endpoints.py change_endpoints.py pagerduty_events.py patrol.py) \
	$(addprefix runs/test_,answers.py approvals.py instructions.py storms.py))

postgres: $(READY) ## Run the tests of what touches the store on PostgreSQL, in a few minutes; make test ARGS=--postgres runs all
	@$(BIN)/python -m pytest --postgres -n auto --maxprocesses 8 --dist loadfile $(CONTRACT) $(ARGS)

check: $(READY) ## Lint, formatting, types and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache

format: $(READY) ## Put the code into shape
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

lab: $(READY) ## Play a real incident: Prometheus, Alertmanager, nginx and a browser on this machine
	@$(BIN)/python -m tests.lab.lab $(ARGS)

cluster: $(READY) ## Run PostgreSQL, three workers and two API nodes behind nginx; ARGS=--once kills some of them and counts
	@$(BIN)/python -m tests.lab.cluster $(ARGS)

image: $(READY) ## Build the image of deploy/ with Debian's buildah, in a chroot, and start the manifest's containers
	@$(BIN)/python -m tests.lab.image $(ARGS)

street: $(READY) ## Break a real ticket office in two ways, and hold all that Warroom says and does against the truth
	@$(BIN)/python -m tests.lab.street.street $(ARGS)

drawing: $(READY) ## Draw the graph into docs/architecture.md
	@PYTHONPATH=. $(BIN)/python tests/drawing.py

eval: $(READY) ## Play all scenarios and mark them; ARGS="--model" with a model, and by the rules beside it
	@$(BIN)/warroom eval run $(ARGS)

table: $(READY) ## Play all scenarios and put their table into docs/evals.md
	@$(BIN)/warroom eval run --table docs/evals.md $(ARGS)

hard: $(READY) ## Play the hard scenarios and put their table into docs/evals.md
	@$(BIN)/warroom eval run --stratum hard --to warroom-data/evals-hard --table docs/evals.md $(ARGS)

bench: $(READY) ## Measure, and print JSON; ARGS=--short takes a minute, ARGS="--compare OLD.json" says what became worse
	@$(BIN)/python -m tests.benchmarks.run $(ARGS)

storm: $(READY) ## Post 10,000 alerts over 100 connections, kill the server once, post them again in groups; prints JSON
	@$(BIN)/python -m tests.benchmarks.storm $(ARGS)

model: $(READY) ## Play P0 to P3 through a model on loopback: well, failing, switched off; how often each duty fell back to the rules
	@$(BIN)/python -m tests.model_plays $(ARGS)

tokens: $(READY) ## Count what each level sends a model, by duty and by part, and how much of it calls have in common
	@$(BIN)/python -m tests.model_tokens $(ARGS)

profiles: $(READY) ## Play a P0 on endpoints that behave like OpenAI's, Azure's, Ollama's and others; duties by model and by rules
	@$(BIN)/python -m tests.profiles.table $(ARGS)

engine: $(READY) ## Play a P3 and single duties on a real llama.cpp server with a small model; fetches both, or says why it cannot
	@$(BIN)/python -m pytest --engine -m engine -s tests/engine $(ARGS)

chaos: $(READY) ## Kill Warroom with SIGKILL at every moment, and count what was lost or done twice; ARGS=--postgres for several processes
	@$(BIN)/python tests/chaos/chaos.py $(ARGS)

long: $(READY) ## Run the tests that `make test` leaves out because they take long, but those in a browser
	@$(BIN)/python -m pytest --long -m long --ignore=tests/e2e -n auto --maxprocesses 8 --dist loadfile $(ARGS)

e2e: $(READY) ## Play incidents through the pages in Chromium, the long ones too
	@$(BIN)/python -m pytest tests/e2e --long $(ARGS)

shots: $(READY) ## Take pictures of the pages into build/shots, and the one in the README
	@$(BIN)/python -m tests.e2e.shots build/shots .github/run-page.png

schema: $(READY) ## Play the OpenAPI description against the API: no server error, no answer it does not describe
	@$(BIN)/python -m tests.schema.schema $(ARGS)

replay: $(READY) ## Record 50 runs, by the rules, by a model and with crashes, and play each again exactly
	@$(BIN)/python -m tests.replays $(ARGS)

hostile: $(READY) ## Plant hostile texts wherever Warroom reads, play bad models, let 1,000 connections drip, and print what that did
	@harm=0; for part in places models dripping; do $(BIN)/python -m tests.hostile.$$part || harm=1; done; exit $$harm

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
