# Every target makes .venv first, if it is missing or out of date. `make PYTHON=…` names the Python to make it with.
.DEFAULT_GOAL := help
.PHONY: help environment demo test test-oldest check fmt clean

RUN := .venv/bin/python -m

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

environment:
	@sh scripts/environment

demo: environment ## run the plugin over real processes: a timeline, then the merged answers
	@$(RUN) playground demo

test: environment ## run the tests; ARGS goes to pytest: make test ARGS="-k merge"
	@$(RUN) pytest $(ARGS)

test-oldest: environment ## try the plugin on the oldest SDK that it supports
	@.venv/bin/python scripts/oldest.py

check: environment ## check format, lint and types; changes nothing
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy

fmt: environment ## format, and mend what lint can mend
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

catalog-check: environment ## compare the catalog with copies of plugins: make catalog-check DIR=…
	@$(RUN) scripts.catalog_check "$(DIR)"

clean: ## remove what the other targets made
	rm -rf .venv .venv-oldest .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
