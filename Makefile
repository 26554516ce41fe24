# `make run` and `make test` set up .venv when it is missing or the requirements changed.
.DEFAULT_GOAL := help
.PHONY: help run test browser axe lint clean

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

test: $(VENV)/.dev browser axe
	cd "$(ROOT)" && "$(BIN)/python" -m pytest

# The explorer's tests need browsers. Without them, and without the right to install them, they are skipped and say so.
browser:
	@command -v chromedriver >/dev/null && command -v chromium >/dev/null && command -v firefox-esr >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver firefox-esr >/dev/null; } || \
	  echo "chromium, chromedriver or firefox-esr is not here and could not be installed: its tests will be skipped"

# The accessibility test needs axe-core, of the version in tests/web/package.json; it has no dependencies of its own.
axe:
	@cd "$(ROOT)/tests/web" && { test node_modules/axe-core/package.json -nt package.json || \
	  { npm install --no-package-lock --no-audit --no-fund --silent && touch node_modules/axe-core/package.json; }; } || \
	  echo "npm is not here or could not install axe-core: the accessibility test will be skipped"

lint: $(VENV)/.dev
	cd "$(ROOT)" && "$(BIN)/ruff" check . && "$(BIN)/ruff" format --check .

clean:
	rm -rf "$(VENV)" "$(ROOT)/tests/web/node_modules" "$(ROOT)/.pytest_cache" "$(ROOT)/.ruff_cache"

$(VENV)/.run: $(ROOT)/requirements.txt
	"$(PYTHON)" -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -r "$(ROOT)/requirements.txt"
	touch "$@"

$(VENV)/.dev: $(ROOT)/requirements-dev.txt $(ROOT)/requirements-sweep.txt $(ROOT)/requirements-film.txt $(VENV)/.run
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -r "$(ROOT)/requirements-dev.txt"
	touch "$@"
