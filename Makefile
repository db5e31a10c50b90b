# Two commands do everything: `make demo` and `make test`. See README.md.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# The compiled build (docs/batch.md) has a venv of its own, so that no compiled module hides a source that is being edited.
COMPILED := $(VENV)-compiled
# Nothing from the working folder: the installed package is the one that is tested and measured.
INSTALLED = PYTHONSAFEPATH=1 PYTHONPATH=tests $(COMPILED)/bin/python
SOURCES = $(shell git ls-files exporter taxonomy templates 2>/dev/null) pyproject.toml
CAN_COMPILE := $(shell command -v cc >/dev/null && $(PYTHON) -c 'import os, sysconfig; print(os.path.exists(sysconfig.get_paths()["include"] + "/Python.h") or "")' 2>/dev/null)

.PHONY: help demo test test-compiled check bench pictures cover clean tools wheel
.DEFAULT_GOAL := help

help:
	@echo 'make demo      read the bundled sample release, write facts, XBRL, Excel and CSV into out/'
	@echo 'make test      the whole test suite'
	@echo 'make check     ruff, mypy --strict, import contracts'
	@echo 'make bench     how long each step takes (the compiled build where a C compiler is there; PLAIN=1: not)'
	@echo 'make wheel     a compiled wheel in dist/: reads and checks a third faster (needs a C compiler and Python.h)'
	@echo 'make test-compiled   the tests of reading and checking, on that wheel'
	@echo 'make pictures  the pictures in docs/pictures, made anew (needs LibreOffice, poppler, Liberation and Chinese fonts)'
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

# What the compiled modules do, each sentence and table once; the rest of the suite runs the same code in both builds.
READING := $(filter-out %/test_metamorphic.py,$(wildcard tests/accuracy/test_*.py)) tests/prose tests/shapes \
  $(addprefix tests/test_,$(addsuffix .py,checks csv document join ledger match periods prose reading signs store translation values))
test-compiled: $(COMPILED)/.stamp
	@$(INSTALLED) -m pytest -n auto --dist loadfile $(READING) $(ARGS)

bench: $(if $(PLAIN),$(VENV)/.test,$(if $(CAN_COMPILE),$(COMPILED)/.stamp,$(VENV)/.test))
	@$(if $(PLAIN),$(BIN)/python,$(if $(CAN_COMPILE),$(INSTALLED),$(BIN)/python)) tests/bench.py $(ARGS)

wheel: $(VENV)/.test
	@echo 'compiling (three minutes) ...'
	@rm -rf dist
	@HATCH_BUILD_HOOK_ENABLE_MYPYC=1 $(BIN)/python -m build --outdir dist >/dev/null

$(COMPILED)/.stamp: $(SOURCES) $(VENV)/.test
	@$(MAKE) --no-print-directory wheel
	@test -x $(COMPILED)/bin/pip || $(PYTHON) -m venv $(COMPILED)
	@$(COMPILED)/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps dist/*.whl
	@$(COMPILED)/bin/python -m pip install --quiet --disable-pip-version-check "$$(echo dist/*.whl)[test]"
	@touch $@

pictures: $(VENV)/.test
	@$(BIN)/python docs/make_pictures.py

cover: $(VENV)/.test
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

clean:
	rm -rf $(VENV) $(COMPILED) dist
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
