# Only make and bash are needed. `make set-up` installs everything else; see tools/set-up.sh.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

WITH_TOOLS := source tools/env.sh &&
# Commands that install packages or compile do not get the secrets. MAKEFLAGS repeats the arguments of make.
WITHOUT_SECRETS := unset EDGE_HOST_TOKEN SSH_PASSWORD MAKEFLAGS MFLAGS MAKEOVERRIDES &&

.PHONY: help set-up set-up-builder set-up-tests build demo demo-destroy test clean

help: ## show this list
	@sed -n -e 's/^\([a-z0-9 -]*\):.*## /\1|/p' -e 's/^## \{0,1\}/|/p' Makefile | while IFS='|' read -r name text; do \
	  if [[ -n $$name ]]; then printf '  make %-13s %s\n' "$$name" "$$text"; else echo "$$text"; fi; done

set-up: ## install everything for building and `pulumi up`; quick if it is installed already
	@tools/set-up.sh

set-up-builder:
	@$(WITHOUT_SECRETS) tools/set-up.sh --builder

set-up-tests: ## the same, with the test servers and test tools
	@tools/set-up.sh --tests

build: set-up ## compile the package into dist/
	@$(WITH_TOOLS) npm run --silent build

demo: build ## build images into images/, from a stand-in installer or from STYLUS_INSTALLER=<file.iso>
	@tools/demo.sh up

demo-destroy: ## remove the demo's images and stack
	@tools/demo.sh destroy

test: ## set up, then run the demo, all checks and all tests
	@.ci/run

clean: ## remove compiled files and coverage; keep images, stacks and caches
	@rm -rf dist coverage

# ---- the old builder's targets: see docs/how-to/move-from-the-old-builder.md ----

disk_images := img raw qcow2 vmdk ova vhd gce iso
container_images := qcow2-image vmdk-image containerdisk
image_goals := $(filter $(disk_images) $(container_images),$(MAKECMDGOALS))
needs_installer := $(image_goals) $(if $(filter false,$(EMBED)),,$(filter docker-build,$(MAKECMDGOALS)))

ifneq ($(strip $(needs_installer)),)
ifeq ($(strip $(value ISO_URL)),)
$(error ISO_URL is not set. Set it to the path or the URL of the installer ISO, as in \
  `ISO_URL=palette-edge-installer.iso make $(MAKECMDGOALS)`; `make docker-build EMBED=false` needs no installer)
endif
endif

.PHONY: $(disk_images) $(container_images) image-goals docker-build

$(disk_images) $(container_images): image-goals

##
## Images of the installer ISO_URL, written to images/. All images of one call share one install:
img: ## sparse raw disk; the same as `raw` under another name
raw: ## NAME.raw
qcow2: ## for QEMU, libvirt, OpenStack; compressed
vmdk: ## for VMware and VirtualBox; streamOptimized
ova: ## for vSphere, with the machine's description
vhd: ## for Hyper-V and Azure
gce: ## for Google Compute Engine, NAME.tar.gz
iso: ## the installer with its configuration, for an unattended install
qcow2-image: ## the qcow2 as an OCI archive for KubeVirt, pushed to REPO:TAG if REPO is set
vmdk-image: ## the vmdk as an OCI archive, pushed likewise
containerdisk: ## the same as qcow2-image, as NAME.oci.tar

# All images of one call of make are built together, from one install.
image-goals: dist/provider/cli/main.js
	@tools/build-images.sh $(image_goals)

# Compiled again if a source is newer.
dist/provider/cli/main.js: $(shell find provider sdk -name '*.ts') package.json tsconfig.json tsconfig.build.json | set-up-builder
	@$(WITHOUT_SECRETS) $(WITH_TOOLS) npm run --silent build && touch $@

docker-build: dist/provider/cli/main.js ## the builder as a container image, with the installer ISO_URL or with EMBED=false
	@$(WITHOUT_SECRETS) tools/docker-build.sh

##
## Variables of the environment: ISO_URL (path or URL; needed), PALETTE_ENDPOINT with EDGE_HOST_TOKEN or
## REGISTRATION_URL, SSH_USER with SSH_PASSWORD (none by default), DISK_SIZE (100G), REPO, TAG, EMBED, and
## BUILD_OPTIONS (further options of `stylus-image build`). See docs/how-to/move-from-the-old-builder.md.
