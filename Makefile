# Needs nothing but make and bash: `set-up` brings the rest (tools/set-up.sh says what and where).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

WITH_TOOLS := source tools/env.sh &&

.PHONY: help set-up set-up-tests build demo demo-destroy test clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do \
	  printf '  make %-13s %s\n' "$$name" "$$text"; done

set-up: ## install what building and `pulumi up` need; quick when all is there
	@tools/set-up.sh

set-up-tests: ## the same, and the test servers and test tools
	@tools/set-up.sh --tests

build: set-up ## compile the package into dist/
	@$(WITH_TOOLS) npm run --silent build

demo: build ## build images of an installer into images/ (STYLUS_INSTALLER=<file.iso>: of yours)
	@tools/demo.sh up

demo-destroy: ## remove the demo's images and its stack
	@tools/demo.sh destroy

test: ## set up, and run every check and test
	@.ci/run

clean: ## remove what was compiled and measured; images, stacks and caches stay
	@rm -rf dist coverage
