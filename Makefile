# `make` lists what there is to do. Every command runs in .venv, made from requirements.lock.
.DEFAULT_GOAL := help
.PHONY: help setup run import reset migrate backup restore revision audit check test faults format lock bench catalog rules \
        settings manifests snapshots

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

backup: $(INSTALLED) ## Copy the running system as it is at one instant: [TO=.run/backups]
	@$(SYSTEM) $(PYTHON) -m deploy.backup $(or $(TO),.run/backups)

restore: $(INSTALLED) ## Put a backup back, with nothing running: FROM=.run/backups/20260131T120000Z [REPLACE=yes]
	@test -n "$(FROM)" || { echo "Which? make restore FROM=.run/backups/20260131T120000Z" >&2; exit 2; }
	@$(PYTHON) -m deploy.backup.restore "$(FROM)" $(if $(REPLACE),--replace)

audit: $(INSTALLED) ## Ask PyPI about our dependencies' vulnerabilities, and look for secrets in the code
	@$(PYTHON) -m deploy.audit

revision: $(INSTALLED) ## Write the next, empty migration of a service: SERVICE=accounts NAME=add_tags
	@test -n "$(SERVICE)" -a -n "$(NAME)" || { echo "Which? make revision SERVICE=accounts NAME=add_tags" >&2; exit 2; }
	@$(PYTHON) -m chassis.migrate revision $(SERVICE) $(NAME)

check: $(INSTALLED) ## The quick loop: format, lint, types, imports, unit, contract and guard tests
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q -m "not slow" $(wildcard tests/unit tests/contract tests/guards tests/deploy)

test: $(INSTALLED) ## Every test but the longest of make faults, on real servers
	$(BIN)/pytest -n 2 --dist loadfile

faults: $(INSTALLED) ## Every test of faults, those of minutes too: kills, lost answers, all lost and restored
	$(BIN)/pytest -m slow tests/faults

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

settings: $(INSTALLED) ## Write docs/settings.md: every setting there is
	@$(PYTHON) -m deploy.settings

manifests: $(INSTALLED) ## Write what deploy/kubernetes has of each service, from deploy/services.toml
	@$(PYTHON) -m deploy.manifests

snapshots: $(INSTALLED) ## Write the contracts' snapshots after a wanted change
	@$(PYTHON) -m tests.contract.snapshots
