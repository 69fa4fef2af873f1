# Two commands set everything up: `make demo` and `make test`. Each installs what it needs (scripts/bootstrap says what).
.DEFAULT_GOAL := help
RUN := .venv/bin
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup up demo test test-slow check bench bench-corpus kibana

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## Python packages into .venv, nothing else
	@sh scripts/bootstrap

up: setup ## the desk on live feeds; Ctrl-C stops everything
	@$(RUN)/hotline up

demo: setup ## the whole line on the newsroom that comes with the project; no Internet needed
	@$(RUN)/hotline demo

check: setup ## lint, format, types, layers
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports

test: check ## everything but the slow tests: under 15 minutes
	$(RUN)/pytest -m "not slow" -n 2 --dist loadfile --cov --cov-report=term

test-slow: setup ## the slow tests
	$(RUN)/pytest -m slow

bench: ## figures, side by side with other libraries, which it installs beside ours
	@sh scripts/bootstrap --group bench
	$(RUN)/python -m tests.bench

bench-corpus: setup ## a million articles for `make bench`, built once, in about an hour, and kept
	$(RUN)/python -m tests.bench.corpus

kibana: setup ## Kibana's saved objects from docker/kibana
	$(RUN)/python docker/kibana/build.py
