# Two commands do everything: `make demo` and `make test`. See README.md.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test check bench pictures cover clean tools
.DEFAULT_GOAL := help

help:
	@echo 'make demo      read the bundled sample release, write facts, XBRL, Excel and CSV into out/'
	@echo 'make test      the whole test suite'
	@echo 'make check     ruff, mypy --strict, import contracts'
	@echo 'make bench     how long each step takes'
	@echo 'make pictures  the pictures in docs/pictures, made anew (needs LibreOffice and poppler)'
	@echo 'make cover     the test suite with branch coverage'
	@echo 'make clean     remove $(VENV) and what runs wrote into out/'

demo: $(VENV)/.demo
	@$(BIN)/exporter demo --out out

test: $(VENV)/.test
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.test
	@$(BIN)/python tests/bench.py $(ARGS)

pictures: $(VENV)/.test
	@$(BIN)/python docs/make_pictures.py

cover: $(VENV)/.test
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

clean:
	rm -rf $(VENV)
	find out -mindepth 1 ! -name .gitignore -delete

# A stamp for each install: a second call does nothing until pyproject.toml changes.
$(VENV)/.demo: pyproject.toml | tools
	@test -x $(BIN)/pip || { echo 'making $(VENV) ...'; $(PYTHON) -m venv $(VENV); }
	@echo 'installing exporter into $(VENV) (a minute, the first time only) ...'
	@$(PIP) -e .
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.demo
	@echo 'installing the test tools into $(VENV) (a minute, the first time only) ...'
	@$(PIP) -e '.[test]'
	@touch $@

# What must be there before anything else can be: named when it is missing.
tools:
	@command -v $(PYTHON) >/dev/null || { echo 'missing: python3 (3.11 or newer). On Debian: apt-get install python3 python3-venv' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "too old: $$($(PYTHON) --version); exporter needs Python 3.11 or newer. Say which one: make PYTHON=python3.12 demo" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo 'missing: python3-venv. On Debian: apt-get install python3-venv' >&2; exit 1; }
