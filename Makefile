# Everything is one command; each brings its own set-up, and all may be repeated. NAME tells rehearsals apart, STACK says
# which Pulumi.<stack>.yaml is meant.
PYTHON ?= python3
NAME ?= main
STACK ?=
FORMAT ?= table
OUT ?=
ONLY ?=
MISSING ?=
WITHOUT_INSTANCES ?=
PUT_BACK ?=
BASE ?= origin/main
STATE ?=
CRDS ?=
ACCEPT ?=
PATHS ?=
LABELS ?=
UP_FLAGS ?=
TEST_FLAGS ?=

VENV := .venv/bin
# Ending or entering a rehearsal needs no set-up.
ANY_PYTHON = $$([ -x $(VENV)/python ] && echo $(VENV)/python || echo $(PYTHON))
REHEARSED = $(if $(STACK),--stack '$(STACK)')
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup venv doctor recover drift stop start destroy review scan rotate-secrets plan preview pictures render golden schema rehearsal rehearsal-shell rehearsal-down makespan changes faults test lint env clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-16s %s\n", $$1, $$2 }'
	@echo "  STACK=... is the stack (doctor, recover, drift, stop, start, destroy, plan, pictures: lab; rehearsal: its own); FORMAT=json prints for tools"
	@echo "  NAME=... names a rehearsal (default: main); UP_FLAGS and TEST_FLAGS go to pulumi up and pytest"

setup: ## get the engine, the Python environment and all that a rehearsal needs
	@$(PYTHON) -m engine setup

# What only reads settings needs the Python environment, and no engine. Nothing of this may get into a plan for tools.
venv:
	@$(PYTHON) -m engine venv >&2

plan: venv ## print who has which NIC, MAC, address and VLAN, and how each network is cut up
	@$(VENV)/python -m network --stack '$(or $(STACK),lab)' --format '$(FORMAT)'

doctor: venv ## check client and host before a first pulumi up; changes nothing, fails if anything would
	@$(VENV)/python -m doctor --stack '$(or $(STACK),lab)' --format '$(FORMAT)'

recover: venv ## after a run of pulumi was killed: settle what it left, so that the next up goes on; DRY_RUN=1 only tells
	@eval "$$($(PYTHON) -m engine env)" && $(VENV)/python -m recovery --stack '$(or $(STACK),lab)' $(if $(DRY_RUN),--dry-run)

drift: venv ## tell what was changed by hand, and what up does about it; PUT_BACK=1 puts back what an up can
	@eval "$$($(PYTHON) -m engine env)" && $(VENV)/python -m drift --stack '$(or $(STACK),lab)' --format '$(FORMAT)' $(if $(PUT_BACK),--put-back)

stop: venv ## put a whole lab to rest: instances, computes, workers, masters; DRY_RUN=1 only tells, WITHOUT_INSTANCES=1 leaves Nova out
	@eval "$$($(PYTHON) -m engine env)" && $(VENV)/python -m power stop --stack '$(or $(STACK),lab)' $(if $(DRY_RUN),--dry-run) $(if $(WITHOUT_INSTANCES),--without-instances)

start: venv ## bring it back: masters, API, certificates of known nodes, workers, computes, the instances that ran; DRY_RUN=1 only tells
	@eval "$$($(PYTHON) -m engine env)" && $(VENV)/python -m power start --stack '$(or $(STACK),lab)' $(if $(DRY_RUN),--dry-run)

destroy: venv ## pulumi destroy from whatever state the stack is in; tells what is left, with the command that removes it
	@eval "$$($(PYTHON) -m engine env)" && $(VENV)/python -m reset --stack '$(or $(STACK),lab)'

preview: setup ## what pulumi up would do to STACK, held to the rules in policy/
	@eval "$$($(PYTHON) -m engine env)" && pulumi preview --stack '$(or $(STACK),lab)' --policy-pack policy $(UP_FLAGS)

review: $(if $(PULUMI_CONFIG_PASSPHRASE)$(PULUMI_CONFIG_PASSPHRASE_FILE),setup,venv) ## what this checkout does to STACK compared with BASE, without reaching the lab; STATE, OUT, ACCEPT=in-place,grows
	@eval "$$($(PYTHON) -m engine env)" && $(VENV)/python -m review --stack '$(or $(STACK),lab)' --base '$(BASE)' $(if $(STATE),--state '$(STATE)') $(if $(CRDS),--crds '$(CRDS)') $(if $(OUT),--out '$(OUT)') $(if $(ACCEPT),--accept '$(ACCEPT)')

scan: venv ## prove that no secret of the stack stands in clear: state, history, logs, git tree, processes; PATHS=more
	@eval "$$($(PYTHON) -m engine env)" && $(VENV)/python -m scan --stack '$(or $(STACK),lab)' $(PATHS)

rotate-secrets: venv ## raise the versions of the credentials that can be replaced (LABELS=some); DRY_RUN=1 only tells
	@eval "$$($(PYTHON) -m engine env)" && $(VENV)/python -m scan.rotate --stack '$(or $(STACK),lab)' $(if $(DRY_RUN),--dry-run) $(LABELS)

pictures: venv ## draw the stack: docs/pictures/<stack>-logical.svg, -physical.svg, -order.svg
	@$(VENV)/python -m pictures --stack '$(or $(STACK),lab)'

render: venv ## write every document of the stack to OUT (default: rendered/<stack>), secrets masked, to be read or diffed
	@$(VENV)/python -m manifests --stack '$(or $(STACK),lab)' --out '$(or $(OUT),rendered/$(or $(STACK),lab))'

golden: venv ## write the documents that the tests compare with (tests/golden) anew
	@$(VENV)/python -m pytest -q --update-golden tests/manifests/test_golden.py tests/manifests/test_options.py

schema: venv ## write settings/schema.json, which editors check Pulumi.*.yaml with
	@$(VENV)/python -m settings.schema

rehearsal: setup ## bring the whole lab, or STACK, up in miniature, print what exists, leave it running
	@$(VENV)/python -m rehearsal start --name '$(NAME)'
	@$(VENV)/python -m rehearsal up --name '$(NAME)' $(REHEARSED) -- $(UP_FLAGS)
	@$(VENV)/python -m rehearsal report --name '$(NAME)' $(REHEARSED)

rehearsal-shell: ## a shell inside the rehearsal; runs what comes on standard input
	@$(ANY_PYTHON) -m rehearsal shell --name '$(NAME)'

rehearsal-down: ## end the rehearsal and remove every trace of it
	@$(ANY_PYTHON) -m rehearsal stop --name '$(NAME)'

# A rehearsal of its own, which must not be there yet.
makespan: NAME = makespan
makespan: setup ## measure pulumi up against the graph's longest path, in a rehearsal as slow as a real lab to scale
	@$(VENV)/python -m rehearsal makespan --name '$(NAME)' $(REHEARSED)
	@$(VENV)/python -m pictures.makespan docs/makespan.json docs/pictures/lab-makespan.svg

# A rehearsal of its own, ended afterwards unless it was there; ONLY="topology.workers.count timeouts.api" renews rows,
# MISSING=1 those that are not there or not of the settings as they are now.
changes: NAME = changes
changes: setup ## write docs/changes.md: what the engine plans for a change of each setting of an installed lab
	@$(VENV)/python -m rehearsal changes --name '$(NAME)' $(patsubst %,--only '%',$(ONLY)) $(if $(MISSING),--missing)

# A rehearsal of its own, ended afterwards unless it was there; ONLY="up cluster destroy" or "machines" renews these parts.
faults: NAME = faults
faults: setup ## write docs/faults.md: faults of every kind against a lab in miniature, and what came of each
	@$(VENV)/python -m rehearsal faults --name '$(NAME)' $(patsubst %,--only '%',$(ONLY))

# What shares a lab stays in one process (tests/conftest.py). 5: nothing was selected.
test: setup ## all tests, those on the real engine too
	@eval "$$($(PYTHON) -m engine env)" && { $(VENV)/python -m pytest -m 'not rehearsal' -n 2 --dist loadfile $(TEST_FLAGS) || [ $$? = 5 ]; } && \
	{ $(VENV)/python -m pytest -m rehearsal -n 2 --dist loadgroup $(TEST_FLAGS) || [ $$? = 5 ]; }

lint: setup ## style, format and types
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy

env: ## print the engine's environment as lines for a shell
	@$(PYTHON) -m engine env

clean: ## remove the Python environment and caches of this checkout; rehearsals and built engines stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.rehearsal/*' -prune -exec rm -rf {} +
