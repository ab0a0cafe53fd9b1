# Two commands; each is enough on a machine with Python >= 3.11, make, git and pip.
PYTHON ?= python3
VENV := .venv
TOX := $(VENV)/bin/tox
# Every interpreter that is here; tox skips those that are not.
PYTHONS := py311,py312,py313,py314

.DEFAULT_GOAL := help

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

conformance: $(TOX) ## Play the suite against ailib and write reports/ (the main job)
	$(TOX) run -e conformance

test: $(TOX) ## Unit tests, types, lint, docs, recorded traffic, official SDKs
	$(TOX) run -e lint,types,$(PYTHONS),docs,traffic,sdk

bench: $(TOX) ## Figures beside the peers
	$(TOX) run -e bench

clean: ## Remove what the other targets made
	rm -rf $(VENV) .tox dist build

$(TOX): Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet 'tox>=4.22'
	@touch $(TOX)

.PHONY: help conformance test bench clean
