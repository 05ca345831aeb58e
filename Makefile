# Two commands from a fresh clone: `make app` opens the explorer, `make test` runs every check.
#
#   make app      open the app, with DATA=… on your recordings; PORT and ADDRESS say where it listens
#   make test     lint, types, then every test
#   make quick    tests that need neither a browser nor a training in another process
#   make coverage the tests without a browser, and which lines of the package they run
#   make browser  tests that drive the app in a headless browser
#   make lint     style of Python, and types of the JavaScript where npm is installed
#   make types    types of the Python
#   make clean    remove what these commands have made
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?=
ADDRESS ?= localhost
PORT   ?= 8501
NPM    := $(shell command -v npm 2>/dev/null)
# Tests start a hundred processes that import PyTorch: 2 s each with the compiled files that Python keeps, 5 s without.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: app test quick coverage browser lint types clean

app: $(VENV)/app.done
	$(BIN)/streamlit run streamlit_app.py --server.address $(ADDRESS) --server.port $(PORT) -- $(DATA)

test: $(VENV)/test.done lint types
	$(BIN)/python -m tests.browser_setup
	$(BIN)/python -m pytest

quick: $(VENV)/test.done
	$(BIN)/python -m pytest -m "not browser and not slow"

# Apart from `test`: measuring lines makes the tests a third slower.
coverage: $(VENV)/test.done
	$(BIN)/python -m pytest -m "not browser" --cov --cov-report=term:skip-covered

browser: $(VENV)/test.done
	$(BIN)/python -m tests.browser_setup
	$(BIN)/python -m pytest -m browser

lint: $(VENV)/test.done $(if $(NPM),node_modules/.package-lock.json)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(if $(NPM),npm run --silent types,@echo "npm is not installed: the types of the JavaScript are not checked")

types: $(VENV)/test.done
	$(BIN)/basedpyright --project . --pythonpath $(BIN)/python

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mariel needs Python 3.11 or newer, found " + sys.version.split()[0] + "; name another with make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/app.done: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/test.done: requirements.txt requirements-test.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-compile -r requirements-test.txt
	@touch $@ $(VENV)/app.done

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --silent --no-audit --no-fund
	@touch $@

clean:
	rm -rf $(VENV) node_modules dist static/* .coverage .pytest_cache .ruff_cache .hypothesis
