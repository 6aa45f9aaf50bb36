# `make` lists what there is to do. Every command runs in .venv, made from requirements.lock.
.DEFAULT_GOAL := help
.PHONY: help setup run import reset migrate revision check test format lock bench catalog rules snapshots

BIN := .venv/bin
PYTHON := $(BIN)/python
INSTALLED := .venv/installed
SYSTEM := $(PYTHON) -m deploy.local.env --

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Install what everything here needs into .venv

$(INSTALLED): requirements.lock deploy/local/setup.sh
	@sh deploy/local/setup.sh .venv requirements.lock
	@touch $@

run: $(INSTALLED) ## Start everything and print the address (DOSSIER_PORT=8000); Ctrl-C stops it
	@$(PYTHON) -m deploy.local.run

import: $(INSTALLED) ## Load a client list into the running system: FILE=clients.csv [FIRM=name] [ENCODING=cp1251]
	@test -n "$(FILE)" || { echo "Which file? make import FILE=clients.csv" >&2; exit 2; }
	@$(SYSTEM) $(PYTHON) -m deploy.importing "$(FILE)" $(if $(FIRM),--firm "$(FIRM)") $(if $(ENCODING),--encoding "$(ENCODING)")

reset: $(INSTALLED) ## Forget all data of `make run`
	@$(PYTHON) -m deploy.local.reset

migrate: $(INSTALLED) ## Create and migrate the running system's databases: [SERVICE=accounts]
	@$(SYSTEM) $(PYTHON) -m chassis.migrate $(SERVICE)

revision: $(INSTALLED) ## Write the next, empty migration of a service: SERVICE=accounts NAME=add_tags
	@test -n "$(SERVICE)" -a -n "$(NAME)" || { echo "Which? make revision SERVICE=accounts NAME=add_tags" >&2; exit 2; }
	@$(PYTHON) -m chassis.migrate revision $(SERVICE) $(NAME)

check: $(INSTALLED) ## The quick loop: format, lint, types, imports, unit, contract and guard tests
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q -m "not slow" $(wildcard tests/unit tests/contract tests/guards tests/deploy)

test: $(INSTALLED) ## Every test, on real servers
	$(BIN)/pytest

format: $(INSTALLED) ## Format the code and mend what the linter can
	$(BIN)/ruff check --fix --quiet || true
	$(BIN)/ruff format

lock: $(INSTALLED) ## Choose versions anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-header --upgrade --quiet -o requirements.lock
	@! grep -nE 'https?://' requirements.lock

bench: $(INSTALLED) ## Measure what a request costs, beside its limits: [ARGS=…]
	@$(PYTHON) -m bench $(ARGS)

catalog: $(INSTALLED) ## Write docs/catalog.md: services, calls, events, who listens
	@$(PYTHON) -m deploy.catalog

rules: $(INSTALLED) ## Write docs/rules.md: what is promised, and the tests that hold it
	@$(PYTHON) -m deploy.rules

snapshots: $(INSTALLED) ## Write the contracts' snapshots after a wanted change
	@$(PYTHON) -m tests.contract.snapshots
