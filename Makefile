# Few verbs. Everything they need is made in .venv (programs) and .labinov (data), and nowhere else.

WANTED := python3.13 python3.12 python3.11 python3.14 python3 python
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
BIN := .venv/bin
SOURCES := shared services deploy tests $(wildcard benchmarks)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
# Tests wait more than they reckon, so more processes than cores share them; a file stays with one of them.
SHARED := --numprocesses 4 --dist loadscope --no-loadscope-reorder

# Twenty processes start from the same modules: compiled once, not by each of them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: up down test test-long check bench lock clean
.DEFAULT_GOAL := up

up: .venv/embedded.stamp ## start everything, and stop it at Ctrl-C
	@$(BIN)/labinov up

down: ## stop everything, wherever it was started
	@if [ -x $(BIN)/labinov ]; then $(BIN)/labinov down; else echo "Labinov is not installed here."; fi

test: .venv/dev.stamp ## the whole suite with a fixed sample of seeds
	@$(BIN)/pytest $(SHARED)

test-long: .venv/dev.stamp ## the whole numbers
	@LABINOV_LONG=1 $(BIN)/pytest $(SHARED) --hypothesis-profile=long

check: .venv/dev.stamp ## style, types, layers, and that what is generated is fresh
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/mypy $(SOURCES)
	@$(BIN)/lint-imports
	@$(BIN)/python -m deploy.lock --check
	@$(BIN)/python -m deploy.contracts --check
	@$(BIN)/python -m shared.web.i18n check

bench: .venv/dev.stamp ## figures as ratios to a floor measured in the same run
	@$(BIN)/python -m benchmarks

lock: .venv/dev.stamp ## resolve the dependencies anew; needs uv
	@$(BIN)/python -m deploy.lock

clean: ## remove the programs and the data
	@if [ -x $(BIN)/labinov ]; then $(BIN)/labinov down; fi
	rm -rf .venv .labinov .labinov-tests .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@for each in $(WANTED); do \
		if $$each -c '$(USABLE)' >/dev/null 2>&1; then \
			echo "Making .venv with $$($$each --version)"; exec $$each -m venv .venv; \
		fi; \
	done; \
	echo "Python 3.11 or newer with venv is needed (on Debian and Ubuntu: apt install python3 python3-venv)." >&2; exit 1

.venv/%.stamp: requirements-%.lock pyproject.toml | .venv/bin/python
	@echo "Installing $<"
	@# The lock is complete, so nothing has to be resolved; what is imported is compiled then.
	@$(PIP) install --no-deps --no-compile --require-hashes --requirement $<
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
