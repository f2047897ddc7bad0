# Needs nothing but make and bash: `set-up` brings the rest (tools/set-up.sh says what and where).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

WITH_TOOLS := source tools/env.sh &&
# Neither what installs packages nor what compiles has to do with them; MAKEFLAGS repeats what make was given as arguments.
WITHOUT_SECRETS := unset EDGE_HOST_TOKEN SSH_PASSWORD MAKEFLAGS MFLAGS MAKEOVERRIDES &&

.PHONY: help set-up set-up-builder set-up-tests build demo demo-destroy test clean

help: ## show this list
	@sed -n -e 's/^\([a-z0-9 -]*\):.*## /\1|/p' -e 's/^## \{0,1\}/|/p' Makefile | while IFS='|' read -r name text; do \
	  if [[ -n $$name ]]; then printf '  make %-13s %s\n' "$$name" "$$text"; else echo "$$text"; fi; done

set-up: ## install what building and `pulumi up` need; quick when all is there
	@tools/set-up.sh

set-up-builder:
	@$(WITHOUT_SECRETS) tools/set-up.sh --builder

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

# ---- the old builder's targets: docs/how-to/move-from-the-old-builder.md says what they take ----

disk_images := img raw qcow2 vmdk ova vhd gce iso
container_images := qcow2-image vmdk-image containerdisk
image_goals := $(filter $(disk_images) $(container_images),$(MAKECMDGOALS))
needs_installer := $(image_goals) $(if $(filter false,$(EMBED)),,$(filter docker-build,$(MAKECMDGOALS)))

ifneq ($(strip $(needs_installer)),)
ifeq ($(strip $(value ISO_URL)),)
$(error ISO_URL is not set. Set it to the path or the URL of the installer ISO, as in \
  `ISO_URL=palette-edge-installer.iso make $(MAKECMDGOALS)`; `make docker-build EMBED=false` is for no installer)
endif
endif

.PHONY: $(disk_images) $(container_images) image-goals docker-build

$(disk_images) $(container_images): image-goals

##
## Images of the installer ISO_URL, left in images/; what one call asks for costs one install:
img: ## the disk as it is, sparse; `raw` is the same under another name
raw: ## NAME.raw
qcow2: ## for QEMU, libvirt, OpenStack; compressed
vmdk: ## for VMware and VirtualBox; streamOptimized
ova: ## for vSphere, with the machine's description
vhd: ## for Hyper-V and Azure
gce: ## for Google Compute Engine, NAME.tar.gz
iso: ## the installer with its configuration, which installs by itself
qcow2-image: ## the qcow2 as an OCI archive for KubeVirt, pushed to REPO:TAG where REPO is given
vmdk-image: ## the vmdk likewise
containerdisk: ## the same as qcow2-image, as NAME.oci.tar

# All that one call of make asks for is built together, and costs one install.
image-goals: dist/provider/cli/main.js
	@tools/build-images.sh $(image_goals)

# Compiled when a source is newer.
dist/provider/cli/main.js: $(shell find provider sdk -name '*.ts') package.json tsconfig.json tsconfig.build.json | set-up-builder
	@$(WITHOUT_SECRETS) $(WITH_TOOLS) npm run --silent build && touch $@

docker-build: dist/provider/cli/main.js ## the builder as a container image, with the installer ISO_URL or EMBED=false
	@$(WITHOUT_SECRETS) tools/docker-build.sh

##
## Variables of the environment: ISO_URL (path or URL; needed), PALETTE_ENDPOINT with EDGE_HOST_TOKEN or
## REGISTRATION_URL, SSH_USER with SSH_PASSWORD (none by default), DISK_SIZE (100G), REPO, TAG, EMBED, and
## BUILD_OPTIONS (further options of `stylus-image build`). docs/how-to/move-from-the-old-builder.md tells the rest.
