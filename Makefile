# Every target works on a machine that has only Python 3.11 or newer and make.
# `make help` lists them; what they do is written in runtime/, one module each.

PYTHON ?= $(firstword $(foreach name,python3 python3.11 python3.12 python3.13 python3.14,$(shell \
	command -v $(name) >/dev/null 2>&1 && $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $(name))))
export ARGS SIZE JOB
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help run test bench check lock clean python

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | sort

run: python ## install what is missing and run the product: http://127.0.0.1:8000
	@exec $(PYTHON) -m runtime.run

test: python ## run all tests, or some: make test ARGS="tests/credit_control -q"
	@exec $(PYTHON) -m runtime.suite

bench: python ## run the benchmarks: make bench SIZE=1000000 JOB=aging
	@exec $(PYTHON) -m runtime.bench

check: python ## check formatting, lint, types, imports, migrations, translations, deployment
	@exec $(PYTHON) -m runtime.check

lock: python ## pin the dependencies again; newest versions: make lock ARGS=--upgrade
	@exec $(PYTHON) -m runtime.lock $(ARGS)

clean: ## remove what is generated, but never the data under var/
	@rm -rf .venv .tools .vendor node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/it." >&2; exit 2; }
