# `make run` and `make test` set up .venv when it is missing or the requirements changed.
.DEFAULT_GOAL := help
.PHONY: help run test browser lint clean

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

test: $(VENV)/.dev browser
	cd "$(ROOT)" && "$(BIN)/python" -m pytest

# The explorer's tests need a browser. Without one, and without the right to install it, they are skipped and say so.
browser:
	@command -v chromedriver >/dev/null && command -v chromium >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null; } || \
	  echo "no chromium and chromedriver here, and they could not be installed: the browser tests will be skipped"

lint: $(VENV)/.dev
	cd "$(ROOT)" && "$(BIN)/ruff" check . && "$(BIN)/ruff" format --check .

clean:
	rm -rf "$(VENV)" "$(ROOT)/.pytest_cache" "$(ROOT)/.ruff_cache"

$(VENV)/.run: $(ROOT)/requirements.txt
	"$(PYTHON)" -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -r "$(ROOT)/requirements.txt"
	touch "$@"

$(VENV)/.dev: $(ROOT)/requirements-dev.txt $(ROOT)/requirements-sweep.txt $(ROOT)/requirements-film.txt $(VENV)/.run
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -r "$(ROOT)/requirements-dev.txt"
	touch "$@"
