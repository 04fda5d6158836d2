# Everything is one command; each brings its own set-up, and all may be repeated. NAME tells rehearsals apart.
PYTHON ?= python3
NAME ?= main
UP_FLAGS ?=
TEST_FLAGS ?=

VENV := .venv/bin
# Ending or entering a rehearsal needs no set-up.
ANY_PYTHON = $$([ -x $(VENV)/python ] && echo $(VENV)/python || echo $(PYTHON))
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup rehearsal rehearsal-shell rehearsal-down test lint env clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-16s %s\n", $$1, $$2 }'
	@echo "  NAME=... names a rehearsal (default: main); UP_FLAGS and TEST_FLAGS go to pulumi up and pytest"

setup: ## get the engine, the Python environment and all that a rehearsal needs
	@$(PYTHON) -m engine setup

rehearsal: setup ## bring the whole lab up in miniature, print what exists, leave it running
	@$(VENV)/python -m rehearsal start --name '$(NAME)'
	@$(VENV)/python -m rehearsal up --name '$(NAME)' -- $(UP_FLAGS)
	@$(VENV)/python -m rehearsal report --name '$(NAME)'

rehearsal-shell: ## a shell inside the rehearsal; runs what comes on standard input
	@$(ANY_PYTHON) -m rehearsal shell --name '$(NAME)'

rehearsal-down: ## end the rehearsal and remove every trace of it
	@$(ANY_PYTHON) -m rehearsal stop --name '$(NAME)'

test: setup ## all tests, those on the real engine too
	@eval "$$($(PYTHON) -m engine env)" && $(VENV)/python -m pytest $(TEST_FLAGS)

lint: setup ## style, format and types
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy

env: ## print the engine's environment as lines for a shell
	@$(PYTHON) -m engine env

clean: ## remove the Python environment and caches of this checkout; rehearsals and built engines stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.rehearsal/*' -prune -exec rm -rf {} +
