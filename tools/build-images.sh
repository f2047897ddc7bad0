#!/usr/bin/env bash
# `make qcow2 vmdk-image ...`: builds the images of the old builder's targets into ./images under their old names.
#
# `stylus-image build` reads the installer, Palette's variables, DISK_SIZE and the login from the environment, so no
# secret is an argument of a process. This script handles REPO and TAG, where container images are pushed, and
# BUILD_OPTIONS, further options of `stylus-image build`.
set -euo pipefail
# They repeat the arguments of make, which may be secrets.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
# shellcheck source=tools/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# xargs parses quotes like a shell, without running anything.
mapfile -t more < <(xargs -r printf '%s\n' <<<"${BUILD_OPTIONS-}")

build() { node "$stylus_root/dist/provider/cli/main.js" build --to images "$@" "${more[@]}"; }

# `stylus-image build` names only its own options in its errors.
fail() {
  local code=$?
  if [[ -n ${REPO-} ]]; then echo "The image was to be pushed to REPO=$REPO${TAG:+, TAG=$TAG}." >&2; fi
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
      echo "build-images: unknown image \"$goal\"" >&2
      exit 2
      ;;
  esac
done

push=()
if [[ -n ${REPO-} ]]; then
  push=(--to "oci://$REPO")
  if [[ -n ${TAG-} ]]; then push+=(--oci-tag "$TAG"); fi
  if [[ -n ${TAG-} && ${#images[@]} -gt 1 ]]; then
    echo "error: TAG=$TAG can name only one image, but qcow2-image and vmdk-image were both given." \
      "Build one at a time, each with its own TAG, or omit TAG." >&2
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
