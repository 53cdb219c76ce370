# What people type. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help demo serve test lint format openapi bench requirements clean environment dev-environment

# Where a shell forbids byte code, as in many containers, every process would compile every package anew.
unexport PYTHONDONTWRITEBYTECODE

# The first Python that Bursar runs on; an existing environment's own comes first, then the system's: distributions
# build theirs with optimizations that one compiled by hand often lacks. One that can make environments is preferred.
PYTHON ?= $(shell for module in ensurepip sys; do for python in .venv/bin/python \
	/usr/bin/python3.11 /usr/bin/python3.12 /usr/bin/python3.13 python3.11 python3.12 python3.13 python3 python; do \
	$$python -c "import $$module, sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))" 2>/dev/null \
		&& command -v $$python && break 2; done; done)

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: environment ## Run Bursar with demonstration data until Ctrl-C (PORT=8001 chooses another port)
	@.venv/bin/python -m config.supervisor demo

serve: environment ## Run Bursar on this computer without demonstration data until Ctrl-C
	@.venv/bin/python -m config.supervisor serve

test: dev-environment ## Run every check, then the whole test suite
	@.venv/bin/python -m config.checks; checks=$$?; \
	rm -f .coverage .coverage.*; \
	.venv/bin/coverage run -m pytest -n logical --dist load --maxschedchunk 1 -m "not services" -q; tests=$$?; \
	.venv/bin/coverage combine --quiet; \
	.venv/bin/coverage report --include='*/rules.py,*/services.py,*/rules/*,*/services/*' --fail-under=100 & exact=$$!; \
	.venv/bin/coverage report --fail-under=97; covered=$$?; \
	wait $$exact; exact=$$?; \
	test $$checks$$tests$$covered$$exact = 0000

lint: dev-environment ## Run the checks that are not tests
	@.venv/bin/python -m config.checks

format: dev-environment ## Format the code and repair what can be repaired
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

openapi: dev-environment ## Write docs/openapi.yaml from the code
	@.venv/bin/python manage.py openapi --file docs/openapi.yaml

bench: dev-environment ## Measure Bursar at full size; figures go to benchmarks/results/
	@.venv/bin/python -m benchmarks

requirements: dev-environment ## Compile requirements*.txt from requirements*.in (UPGRADE=1 takes the newest)
	@for name in requirements-uv requirements requirements-dev; do \
		.venv/bin/uv pip compile $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --generate-hashes \
			--no-header --no-annotate --quiet --output-file $$name.txt $$name.in || exit 1; done

clean: ## Remove what was made here: environment, packages, caches and, if you say so, data
	@printf 'Remove .venv, node_modules, caches and ALL DATA in .data? Type yes: '; read answer; test "$$answer" = yes
	rm -rf .venv node_modules staticfiles artifacts .data .coverage* .mypy_cache .ruff_cache .hypothesis

environment:
	@$(if $(PYTHON),,$(error $(no_python)))
	@$(PYTHON) -I config/bootstrap.py

dev-environment:
	@$(if $(PYTHON),,$(error $(no_python)))
	@$(PYTHON) -I config/bootstrap.py --dev

define no_python
Bursar needs Python 3.11, 3.12 or 3.13, and found $(or $(shell python3 --version 2>/dev/null),no Python at all). \
Install one of them, or name it: make $(or $(firstword $(MAKECMDGOALS)),demo) PYTHON=/path/to/python3.11
endef
