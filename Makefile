# The commands of the project. `make run` and `make test` need only Python (3.11 to 3.13, with venv) and make.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
UV ?= uv
WORKERS ?= 4
N ?= 200
EVERY ?= 1
SEEDS ?= 2000
STEPS ?= 100
MINUTES ?= 10

# Compiled tests are kept, whatever the environment says: else every worker compiles all of them anew.
export PYTHONDONTWRITEBYTECODE :=

BIN := .venv/bin
OURS := console widgets engine brokers themes
# A stamp is newer than its lock when .venv holds what the lock says. Nothing else is ever taken out of .venv: a broker's SDK stays.
RUN_STAMP := .venv/.installed-run
DEV_STAMP := .venv/.installed-dev

.PHONY: help run test ib-async check format lock bench crash crash-algos tamper simulate properties tape fire monkey snapshots snapshots-stable pictures calendar docs clean

help:
	@echo "make run [ARGS='...']    open the console (paper account, simulated market)"
	@echo "make test [ARGS='...']   run the tests"
	@echo "make ib-async            the tests of Interactive Brokers with ib_async in ib_insync's place, in a virtualenv of its own"
	@echo "make check               ruff, mypy --strict, import-linter"
	@echo "make format              let ruff format and sort the imports"
	@echo "make bench               the benchmarks, each beside its floor"
	@echo "make crash N=200         kill the real process N times and compare books with the broker"
	@echo "make crash-algos N=20    kill it in the middle of every kind of algo; each goes on and is done to the share"
	@echo "make tamper EVERY=1      change every byte of a small journal, one at a time, and look whether an audit names it"
	@echo "make simulate SEEDS=2000 STEPS=100   simulated fault histories"
	@echo "make properties N=2000   histories of orders, fills and replaces against an independent count of the worst case"
	@echo "make fire                kill 200 orders and 50 positions with everything that can go wrong, one by one and all at once"
	@echo "make tape                each algo over recorded days: slippage against arrival, VWAP and TWAP (about 5 minutes)"
	@echo "make monkey MINUTES=10 SEED=1   random keys and resizes on 500 symbols and 2,000 working orders: no exception, no wrong cell"
	@echo "make snapshots           accept the present screens as the new snapshots"
	@echo "make snapshots-stable RUNS=20   run the snapshots so many times and name those that do not always agree"
	@echo "make pictures OUT=folder ARGS='main live'   draw accepted snapshots as SVG files"
	@echo "make docs                write the pages of docs/ that are made from the code"
	@echo "make calendar            regenerate the trading calendars that the program ships"
	@echo "make lock                resolve the dependencies anew (needs uv)"
	@echo "make clean               remove .venv and caches"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "tradedesk needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$($(PYTHON) --version 2>&1): try make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# $(1) = the lock to install from. It is a whole resolution, so pip must not resolve anew (--no-deps): with an extra in
# the tree (coverage[toml]) older pips reach for a release newer than the lock's. pip byte-compiles what it installs;
# compileall does the same for the project.
define install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(1)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q $(OURS)
endef

$(RUN_STAMP): requirements.lock pyproject.toml $(BIN)/python
	$(call install,requirements.lock)
	@touch $@

$(DEV_STAMP): requirements-dev.lock pyproject.toml $(BIN)/python
	$(call install,requirements-dev.lock)
	@touch $@ $(RUN_STAMP)

run: $(RUN_STAMP)
	@exec $(BIN)/tradedesk $(ARGS)

# As a module, from here: the first `tests` on the path must be ours.
test: $(DEV_STAMP)
	@$(BIN)/python -m tests.support.compiled
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

# ib_insync and ib_async bring the same package eventkit, so that each has a virtualenv of its own.
FORK := .venv-ib-async
FORK_STAMP := $(FORK)/.installed
$(FORK_STAMP): requirements-ib-async.lock pyproject.toml
	test -x $(FORK)/bin/python || $(PYTHON) -m venv $(FORK)
	$(FORK)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-ib-async.lock
	$(FORK)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

ib-async: $(FORK_STAMP)
	@$(FORK)/bin/python -c 'from brokers.ibkr.library import ib; print(ib.__name__, ib.__version__); assert ib.__name__ == "ib_async"'
	$(FORK)/bin/python -m pytest -n $(WORKERS) --dist loadgroup -k ibkr tests/brokers/ibkr tests/conformance tests/console/doctor tests/desk/test_ibkr.py $(ARGS)

check: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(OURS)
	$(BIN)/lint-imports

format: $(DEV_STAMP)
	$(BIN)/ruff check --fix --select I .
	$(BIN)/ruff format .

bench: $(DEV_STAMP)
	$(BIN)/python -m tests.benchmarks $(ARGS)

crash: $(DEV_STAMP)
	$(BIN)/python -m tests.crash --kills $(N) $(ARGS)

crash-algos: $(DEV_STAMP)
	$(BIN)/python -m tests.crash.algos --rounds $(N) $(ARGS)

tamper: $(DEV_STAMP)
	$(BIN)/python -m tests.engine.journal.tampering --every $(EVERY) $(ARGS)

simulate: $(DEV_STAMP)
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --steps $(STEPS) $(ARGS)

properties: $(DEV_STAMP)
	EXAMPLES=$(N) $(BIN)/python -m pytest -n $(WORKERS) --timeout 0 tests/engine/risk/test_worst_case.py $(ARGS)

# The suite has all at once; this is each alone, with each of the two brokers hung, and a SIGKILL in each phase.
fire: $(DEV_STAMP)
	FIRE=full $(BIN)/python -m pytest --timeout 0 -s tests/fire $(ARGS)

tape: $(DEV_STAMP)
	$(BIN)/python -m tests.tape $(ARGS)

# Without a SEED another one each time; it is printed, and gives the same actions again.
monkey: $(DEV_STAMP)
	$(BIN)/python -m tests.monkey --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

snapshots: $(DEV_STAMP)
	$(BIN)/python -m pytest tests/snapshots --snapshot-update $(ARGS)

RUNS ?= 20
snapshots-stable: $(DEV_STAMP)
	$(BIN)/python -m tests.snapshots.stable --runs $(RUNS) --workers $(WORKERS) $(ARGS)

OUT ?= build/pictures
pictures: $(DEV_STAMP)
	$(BIN)/python -m tools.pictures $(OUT) $(ARGS)

# The pages of docs/ that are made from the code.
docs: $(DEV_STAMP)
	$(BIN)/python -m tools.make_docs

calendar: $(DEV_STAMP)
	$(BIN)/python -m tools.make_calendar

# One resolution for everything, the extras included, so that a broker's SDK fits beside the locked versions; ib_async,
# which can't be beside ib_insync, has one of its own, with the same versions as far as it allows.
# uv.lock names addresses and stays out of git; the exported files hold names, versions and hashes only.
EXPORT := $(UV) export --quiet --frozen --no-emit-project --no-header --no-annotate --no-default-groups --group build
lock:
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv, or make lock UV=path/to/uv" >&2; exit 1; }
	$(UV) lock $(ARGS)
	$(EXPORT) --output-file requirements.lock
	$(EXPORT) --extra dev --output-file requirements-dev.lock
	$(PYTHON) -m tools.ib_async_project build/ib-async
	cd build/ib-async && $(UV) lock --quiet $(ARGS) && $(EXPORT) --extra dev --output-file ../../requirements-ib-async.lock

clean:
	rm -rf .venv $(FORK) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build *.egg-info snapshot_report.html
	find $(OURS) tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
