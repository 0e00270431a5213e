# Every target makes .venv first, if it is missing or out of date. `make PYTHON=…` names the Python to make it with.
.DEFAULT_GOAL := help
.PHONY: help environment demo quick test check fmt docs test-oldest soak bench catalog-check pictures package precheck clean

# Where the environment forbids to keep compiled code, each of the hundreds of processes that tests start would compile
# all that it loads: 2 s instead of 0.8.
unexport PYTHONDONTWRITEBYTECODE

RUN := .venv/bin/python -m
# a file stays with one worker: its tests share processes, and what was played in them
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder
QUICK := tests/core tests/engine tests/catalog tests/test_architecture.py tests/test_conformance.py tests/test_docs.py \
	tests/test_packaging.py tests/test_tables.py tests/test_tools_yaml.py

help: ## list the targets
	@awk -F ':.*## ' '/^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

environment:
	@sh scripts/environment

##@ To try it

demo: environment ## run the plugin over real processes: a timeline, then the merged answers
	@$(RUN) playground demo

##@ To change it

quick: environment ## the tests for everyday work: of all that is pure, and the cases in which nothing depends on time
	@$(RUN) pytest $(PARALLEL) --hypothesis-profile=quick -k "not with_times and not other_transports" $(QUICK) $(ARGS)

test: environment ## all tests; ARGS goes to pytest: make test ARGS="-k merge"
	@$(RUN) pytest $(PARALLEL) $(ARGS)

check: environment ## check format, lint and types; changes nothing
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy

fmt: environment ## format, and mend what lint can mend
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

docs: environment ## write what is generated: references, catalog tables, examples, the schema, the publisher's addresses
	@$(RUN) scripts.write

catalog-check: environment ## compare the catalog with copies of plugins: make catalog-check DIR=…
	@$(RUN) tests.catalog.check "$(DIR)"

##@ Before a release

test-oldest: environment ## the tests on the oldest version of everything that the plugin is run with
	@$(RUN) scripts.oldest

soak: environment ## load for some minutes, then the worst that a call can hold; limits for waits and memory
	@$(RUN) tests.harness.soak $(ARGS)

bench: environment ## measure Fanout beside its peers, in under ten minutes; writes benchmarks/results
	@$(RUN) benchmarks

package: environment ## build fanout-VERSION.difypkg; the same tree gives the same bytes
	@$(RUN) scripts.package

precheck: environment ## build the package, install and start it anew, look for what does not belong in it
	@$(RUN) scripts.precheck

pictures: environment ## photograph the timeline of a call for the documentation; needs Chromium
	@$(RUN) scripts.pictures

##@ Afterwards

clean: ## remove what the other targets made
	rm -rf .venv .venv-oldest .hypothesis .mypy_cache .pytest_cache .ruff_cache *.difypkg benchmarks/.venv benchmarks/.cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
