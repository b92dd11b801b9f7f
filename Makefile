# Everything a person or CI does with this tree. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip
# uv is much the quicker; pip takes over where uv does not know the way to the package index.
INSTALL = install() { $(UV) install -q --python $(BIN)/python --require-hashes -r $$1 \
	|| $(BIN)/pip install -q --no-deps --require-hashes -r $$1; }; install
COMPILE := $(UV) compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
PYTEST := $(BIN)/python -m pytest
CONSOLE := $(BIN)/python -m deploy.console
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
CHECKS := .check-types .check-lint .check-imports .check-sql .check-snapshots .check-web
# Each check's lines together, where make knows how.
SYNCED := $(if $(filter output-sync,$(.FEATURES)),--output-sync)
.PHONY: help run console test check $(CHECKS) kafka bench faults image-check upgrade-check demo up down lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Start everything on one address, with nothing else to install
	@$(CONSOLE) build || true
	@exec $(BIN)/waymark up

console: $(VENV)/.run ## Build the console where its sources changed, as `make run` does
	@$(CONSOLE) build

test: check console ## Check, then run every test, the suite against a real Kafka broker included
	$(PYTEST) tests --ignore=tests/performance --numprocesses 2 --dist loadfile

check: $(VENV)/.dev ## Format, lint, types, import contracts, SQL against the schema, API snapshots, the console
	@$(MAKE) --no-print-directory --jobs 2 --keep-going $(SYNCED) $(CHECKS)

.check-types:
	$(BIN)/mypy

.check-lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.check-imports:
	$(BIN)/lint-imports --no-logo

.check-sql:
	$(BIN)/python -m tests.support.check_sql

.check-snapshots:
	$(BIN)/python -m tests.support.snapshots

.check-web:
	$(CONSOLE) check

kafka: $(VENV)/.dev ## Run a real Apache Kafka broker on 127.0.0.1:9092, in the foreground; FRESH=1 begins anew
	@exec $(BIN)/python -m deploy.kafka $(if $(FRESH),--fresh)

bench: $(VENV)/.dev ## Measure the hot paths beside their floors and print the table
	$(BIN)/python -m tests.performance.run

faults: $(VENV)/.dev ## The full storm of kills and restarts (the test suite runs a bounded one)
	$(PYTEST) tests/e2e -k faults --full-faults

image-check: ## Build the image without Docker and try it: as root on Debian, in minutes
	$(PYTHON) -m deploy.image

upgrade-check: $(VENV)/.dev ## Upgrade from an older commit with data, compare, and go back: FROM=<commit>
	@$(BIN)/python -m tests.support.upgrade_check $(FROM)

demo: $(VENV)/.run ## Fill a running server with a believable day of a shop
	$(BIN)/waymark demo

up: ## Start the production shape: Kafka, PostgreSQL, one container per service, the edge
	docker compose up --build --detach

down: ## Stop the production shape
	docker compose down

lock: $(VENV)/.uv ## Resolve the dependencies again and write the lock files
	$(COMPILE) pyproject.toml --extra server --extra grpc -o requirements.lock
	$(COMPILE) pyproject.toml --extra server --extra grpc --extra dev -o requirements-dev.lock
	$(COMPILE) deploy/console/node.in -o deploy/console/node.lock

clean: ## Remove the environment and caches; the data directory stays
	rm -rf services/console/web/node_modules services/console/web/dist
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis

$(VENV)/.uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Waymark needs Python 3.11 or newer; set PYTHON=")'
	@echo "Making a Python environment in $(VENV), this once"
	@$(PYTHON) -m venv $(VENV)
	@echo "Installing uv, which installs the rest"
	@$(BIN)/pip install -q --require-hashes -r requirements-uv.lock
	@touch $@

$(VENV)/.run: $(VENV)/.uv requirements.lock pyproject.toml
	@echo "Installing what Waymark needs: $$(grep -c '==' requirements.lock) packages, PostgreSQL among them"
	@$(INSTALL) requirements.lock
	@echo "Installing Waymark itself"
	@$(BIN)/pip install -q --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Installing what its development needs: $$(grep -c '==' requirements-dev.lock) packages"
	@$(INSTALL) requirements-dev.lock
	@touch $@
