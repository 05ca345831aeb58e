# Two commands from a fresh clone: `make app` opens the explorer, `make test` runs every check.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?=
ADDRESS ?= localhost
PORT   ?= 8501

.PHONY: app test lint clean

app: $(VENV)/app.done
	$(BIN)/streamlit run streamlit_app.py --server.address $(ADDRESS) --server.port $(PORT) -- $(DATA)

test: $(VENV)/test.done lint
	$(BIN)/python -m tests.browser_setup
	$(BIN)/python -m pytest

lint: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mariel needs Python 3.11 or newer, found " + sys.version.split()[0] + "; name another with make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/app.done: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/test.done: requirements.txt requirements-test.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements-test.txt
	@touch $@ $(VENV)/app.done

clean:
	rm -rf $(VENV) static/* .pytest_cache .ruff_cache
