#!/usr/bin/env bash
# tools/real-kairos.sh [--iso FILE]: builds an installer ISO with the real kairos-agent, then builds an image through it,
# boots the image with the CD of a site, and checks what it does (test/installers/kairos).
#
#   --iso FILE   only build the ISO, and copy it to FILE
#
# Needs root, a network with the package registries, the packages of `tools/set-up.sh --tests`, and 10 GB of disk. The
# agent and the ISO are kept in the tools' cache; delete them there to get newer Debian packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/env.sh
. tools/env.sh

case "$#:${1-}" in
  0:) copy= ;;
  2:--iso) copy=$2 ;;
  *)
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac

agent=$(stylus_folder kairos-agent tools/kairos/go.{mod,sum})
mapfile -t sources < <(find test/installers/kairos -type f ! -name '*.ts' ! -name '*.md' | LC_ALL=C sort)
iso=$(stylus_folder kairos-iso tools/kairos/go.{mod,sum} "${sources[@]}")

step() {
  local started=$SECONDS
  echo "real-kairos: $1 ..."
  "${@:2}"
  echo "real-kairos: $1: $((SECONDS - started)) s"
}

build_agent() {
  local go=$stylus_go/go/bin/go
  if [[ ! -x $go ]]; then go=go; fi
  rm -rf "$agent.part" && mkdir -p "$agent.part"
  (cd tools/kairos && GOTOOLCHAIN=local GOFLAGS="-mod=readonly -buildvcs=false" CGO_ENABLED=0 \
    "$go" build -trimpath -ldflags "-s -w" -o "$agent.part/" github.com/kairos-io/kairos-agent/v2)
  mv "$agent.part" "$agent"
}

build_iso() {
  rm -rf "$iso.part" && mkdir -p "$iso.part"
  test/installers/kairos/build-iso.sh "$agent/kairos-agent" "$iso.part/kairos.iso"
  mv "$iso.part" "$iso"
}

run_checks() {
  STYLUS_REAL_KAIROS_ISO=$iso/kairos.iso mocha --no-config --require ./test/compile-cache.cjs \
    --require ./test/typescript.cjs --bail --exit test/installers/kairos/real-agent.test.ts
}

if [[ ! -d $agent ]]; then step "build the agent" build_agent; fi
if [[ ! -d $iso ]]; then step "build the ISO" build_iso; fi
echo "real-kairos: $iso/kairos.iso, $(stat -c %s "$iso/kairos.iso") bytes"
if [[ -n $copy ]]; then
  cp --reflink=auto -- "$iso/kairos.iso" "$copy"
  exit
fi
step "checks" run_checks
