# `make run` and `make test` set up .venv when it is missing or the requirements changed.
.DEFAULT_GOAL := help
.PHONY: help run test lint clean

ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
PYTHON ?= python3
VENV := $(ROOT)/.venv
BIN := $(VENV)/bin

help:
	@echo "make run    set up .venv if needed, then train and draw everything into outputs/"
	@echo "make test   set up .venv if needed, then the whole test suite"
	@echo "make lint   ruff check and ruff format --check"
	@echo "make clean  remove .venv and caches (outputs/ stays)"

run: $(VENV)/.run
	"$(BIN)/python" "$(ROOT)/main.py"

test: $(VENV)/.dev
	cd "$(ROOT)" && "$(BIN)/python" -m pytest

lint: $(VENV)/.dev
	cd "$(ROOT)" && "$(BIN)/ruff" check . && "$(BIN)/ruff" format --check .

clean:
	rm -rf "$(VENV)" "$(ROOT)/.pytest_cache" "$(ROOT)/.ruff_cache"

$(VENV)/.run: $(ROOT)/requirements.txt
	"$(PYTHON)" -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -r "$(ROOT)/requirements.txt"
	touch "$@"

$(VENV)/.dev: $(ROOT)/requirements-dev.txt $(ROOT)/requirements-sweep.txt $(VENV)/.run
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -r "$(ROOT)/requirements-dev.txt"
	touch "$@"
