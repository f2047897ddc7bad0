#!/usr/bin/env bash
# `make qcow2 vmdk-image ...`: what the old builder's targets ask for, left in ./images under the old names.
#
# The installer, Palette's variables, DISK_SIZE and the login are taken from the environment by the command
# line itself, so that no secret is an argument of anything. Here come REPO and TAG, where container images
# are pushed, and BUILD_OPTIONS, further options of `stylus-image build`.
set -euo pipefail
# What was given to make as arguments stands there once more.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
# shellcheck source=tools/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# xargs reads quotes as a shell does, and runs nothing.
mapfile -t more < <(xargs -r printf '%s\n' <<<"${BUILD_OPTIONS-}")

build() { node "$stylus_root/dist/provider/cli/main.js" build --to images "$@" "${more[@]}"; }

# The command line knows these variables as options only.
fail() {
  local code=$?
  if [[ -n ${REPO-} ]]; then echo "It was to be pushed to REPO=$REPO${TAG:+, TAG=$TAG}." >&2; fi
  exit "$code"
}

disks=() copies=()
declare -A images=()
for goal in "$@"; do
  case $goal in
    img) disks+=(raw) copies+=(--copy 'raw=images/*.img') ;;
    gce) disks+=(gce) copies+=(--copy 'gce=images/*.tar.gz') ;;
    raw | qcow2 | vmdk | ova | vhd | iso) disks+=("$goal") copies+=(--copy "$goal=images/*.$goal") ;;
    containerdisk) images[qcow2]+='*.oci.tar ' ;;
    *-image) images[${goal%-image}]+="*.${goal%-image}.oci.tar " ;;
    *)
      echo "build-images: there is no image \"$goal\"" >&2
      exit 2
      ;;
  esac
done

push=()
if [[ -n ${REPO-} ]]; then
  push=(--to "oci://$REPO")
  if [[ -n ${TAG-} ]]; then push+=(--oci-tag "$TAG"); fi
  if [[ -n ${TAG-} && ${#images[@]} -gt 1 ]]; then
    echo "error: TAG=$TAG can lead to one image only, and both qcow2-image and vmdk-image are asked for." \
      "Ask for one at a time, each with a TAG of its own, or leave TAG out." >&2
    exit 2
  fi
fi

# img and raw are one format under two names.
mapfile -t disks < <(printf '%s\n' "${disks[@]}" | sort -u)
if [[ -n ${disks[0]} ]]; then
  build --format "$(IFS=,; echo "${disks[*]}")" "${copies[@]}"
fi

for disk in "${!images[@]}"; do
  read -ra names <<<"${images[$disk]}"
  build --format containerdisk --format-option "containerdisk.disk=$disk" "${push[@]}" \
    "${names[@]/#/--copy=containerdisk=images/}" || fail
done
