#!/usr/bin/env bash
# `make docker-build`: builds the builder as a container image.
#
#   EMBED             true (default): put the installer ISO_URL, a file or a URL, into the image; false: do not
#   REPO, TAG         name of the image; stylus-image-builder:latest by default
#   PALETTE_ENDPOINT, REGISTRATION_URL
#                     defaults for runs of the image
#   SHA256            expected digest of the installer
#   BASE_IMAGE, NODE_IMAGE
#                     images with Debian and Node.js: see Dockerfile
#   DOCKER            docker by default; podman and buildah work too
#   DOCKER_OPTIONS    further options of its `build` command, such as --network=host
set -euo pipefail
# shellcheck source=tools/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

fail() {
  echo "error: $1" >&2
  exit 2
}

docker=${DOCKER:-docker}
command -v "$docker" >/dev/null ||
  fail "DOCKER: \"$docker\" is not installed. Install it, or set another one, such as DOCKER=podman or DOCKER=buildah."
embed=${EMBED:-true}
[[ $embed == true || $embed == false ]] || fail "EMBED is \"$embed\"; set it to true or false."

# In the checkout, where a hard link can replace a copy of several gigabytes.
context=$(mktemp -d "$stylus_root/.docker-build.XXXXXX")
trap 'rm -rf "$context"' EXIT
trap 'exit 130' INT TERM
cp -r "$stylus_root"/{Dockerfile,package.json,package-lock.json,dist} "$context"

arguments=(--build-arg "EMBED=$embed")
for name in BASE_IMAGE NODE_IMAGE PALETTE_ENDPOINT REGISTRATION_URL; do
  if [[ -n ${!name-} ]]; then arguments+=(--build-arg "$name=${!name}"); fi
done

# The decoded last part of the path, which must be a single file name.
name_in_url() {
  local path=${1%%[?#]*} name
  path=${path#*://}
  [[ $path == */* ]] || return 0
  printf -v name '%b' "$(sed 's/\\/\\\\/g; s/%\([0-9A-Fa-f][0-9A-Fa-f]\)/\\x\1/g' <<<"${path##*/}")"
  printf '%s\n' "${name##*/}"
}

fetch_installer() {
  name=$(name_in_url "$ISO_URL")
  case $name in
    "" | . | ..) fail "ISO_URL: the URL does not end in a file name. Set it to the URL of the installer ISO itself." ;;
  esac
  ISO_URL=$ISO_URL SHA256=${SHA256-} node "$stylus_root/tools/fetch-installer.cjs" "$context/$name"
}

link_installer() {
  [[ -f $ISO_URL ]] || fail "ISO_URL: there is no file $ISO_URL. Set it to the path or the URL of the installer ISO."
  name=${ISO_URL##*/}
  if [[ -n ${SHA256-} ]]; then
    local sum
    sum=$(sha256sum <"$ISO_URL")
    [[ ${sum%% *} == "$SHA256" ]] ||
      fail "ISO_URL: the SHA-256 of $ISO_URL is ${sum%% *}, expected $SHA256. Use the right file, or correct SHA256."
  fi
  ln -L "$ISO_URL" "$context/$name" 2>/dev/null || cp --reflink=auto -L "$ISO_URL" "$context/$name"
}

embed_installer() {
  SHA256=${SHA256-}
  SHA256=${SHA256,,}
  [[ $SHA256 =~ ^([0-9a-f]{64})?$ ]] || fail "SHA256 is \"$SHA256\"; a SHA-256 has 64 hexadecimal digits."
  if [[ ${ISO_URL,,} =~ ^https?:// ]]; then fetch_installer; else link_installer; fi
  arguments+=(--build-arg "ISO_URL=$name")
  # A signed URL is a credential, which the container engine must not get.
  unset ISO_URL
}
if $embed; then embed_installer; fi

mapfile -t more < <(xargs -r printf '%s\n' <<<"${DOCKER_OPTIONS-}")
"$docker" build --tag "${REPO:-stylus-image-builder}:${TAG:-latest}" "${arguments[@]}" "${more[@]}" "$context"
