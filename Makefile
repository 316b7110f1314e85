# Callward. `make run` starts everything; `make test` checks and tests everything. Only Python ≥ 3.11 and make are needed.
#
# CALLWARD_HOME=…  where the state lies (default var/)      PORT=…  the web port (default 8000)
# EXTRAS=s3         with `make setup`: what audio in an S3-compatible store needs too

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
SHELL := /bin/sh

RUNTIME := $(VENV)/.runtime-is-installed
NODE := node_modules/.is-installed
TESTS := $(VENV)/.tests-are-installed
BROWSER := $(VENV)/.browser-is-found

.PHONY: run setup setup-tests check test faults bench mutants reset lock openapi

run: $(RUNTIME) $(NODE)
	@CALLWARD_DEMO=$${CALLWARD_DEMO:-1} exec $(PY) manage.py serve

setup: $(RUNTIME) $(NODE) $(EXTRAS:%=$(VENV)/.%-is-installed)

setup-tests: $(RUNTIME) $(NODE) $(TESTS) $(BROWSER)

$(RUNTIME): requirements/runtime.txt
	@$(PYTHON) scripts/setup.py runtime

$(VENV)/.s3-is-installed: requirements/s3.txt | $(RUNTIME)
	@$(PYTHON) scripts/setup.py s3

$(NODE): package-lock.json | $(RUNTIME)
	@$(PYTHON) scripts/setup.py javascript

$(TESTS): requirements/test.txt | $(RUNTIME)
	@$(PYTHON) scripts/setup.py tests

$(BROWSER): | $(TESTS)
	@$(PYTHON) scripts/setup.py browser

$(VENV)/.mutation-is-installed: requirements/mutation.txt | $(TESTS)
	@$(PYTHON) scripts/setup.py mutation

check: $(RUNTIME) $(NODE) $(TESTS)
	@$(PY) scripts/check.py

test: setup-tests check
	@$(PY) -m pytest -n 2 --dist worksteal

# Crashes, full disks, lost brokers, wrong clocks, hostile sockets, each with what must follow: docs/faults.md. An hour.
faults: setup-tests
	@$(PY) -m pytest tests/faults -m "long or not long" --timeout 3600

bench: $(RUNTIME) $(NODE)
	@$(PY) bench/bench_decisions.py
	@$(PY) bench/bench_ingest.py
	@$(PY) bench/bench_whatif.py
	@$(PY) bench/bench_kills.py
	@$(PY) bench/bench_list.py
	@$(PY) bench/bench_purge.py
	@$(PY) bench/bench_import.py
	@$(PY) bench/bench_holds.py
	@$(PY) bench/bench_retention.py

# Changes the rules of policies/domain in thousands of ways; each change has to make a test fail. Under an hour on 2 cores.
mutants: setup-tests $(VENV)/.mutation-is-installed
	@$(PY) scripts/mutants.py

reset: $(RUNTIME)
	@$(PY) manage.py wipe

# The committed description of the API; a test compares it with the code.
openapi: $(RUNTIME)
	@$(PY) manage.py spectacular --format openapi-json --file openapi.json

# Lock files carry hashes and no registry's address, so that they hold behind any mirror.
lock: $(RUNTIME)
	@$(PYTHON) scripts/setup.py lock
