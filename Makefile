# Every target makes .venv first, if it is missing or out of date. `make PYTHON=…` names the Python to make it with.
.DEFAULT_GOAL := help
.PHONY: help environment demo test test-oldest soak bench check fmt catalog-check docs pictures package precheck clean

RUN := .venv/bin/python -m

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

environment:
	@sh scripts/environment

demo: environment ## run the plugin over real processes: a timeline, then the merged answers
	@$(RUN) playground demo

test: environment ## run the tests; ARGS goes to pytest: make test ARGS="-k merge"
	@$(RUN) pytest $(ARGS)

test-oldest: environment ## the tests on the oldest version of everything that the plugin is run with
	@.venv/bin/python scripts/oldest.py

soak: environment ## load on one process for some minutes, then the worst that a call can hold; limits for waits and memory
	@$(RUN) tests.harness.soak $(ARGS)

bench: environment ## measure Fanout beside its peers, in under ten minutes; writes benchmarks/results
	@$(RUN) benchmarks

check: environment ## check format, lint and types; changes nothing
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy

fmt: environment ## format, and mend what lint can mend
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

catalog-check: environment ## compare the catalog with copies of plugins: make catalog-check DIR=…
	@$(RUN) scripts.catalog_check "$(DIR)"

docs: environment ## write what is generated: references, examples, the schema, the publisher's addresses
	@$(RUN) scripts.write

pictures: environment ## photograph the timelines of a call; needs Chromium
	@$(RUN) scripts.pictures

package: environment ## build fanout-VERSION.difypkg; the same tree gives the same bytes
	@$(RUN) scripts.package

precheck: environment ## build the package, install and start it anew, look for what does not belong in it
	@$(RUN) scripts.precheck

clean: ## remove what the other targets made
	rm -rf .venv .venv-oldest .hypothesis .mypy_cache .pytest_cache .ruff_cache *.difypkg benchmarks/.venv benchmarks/.cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
