#!/usr/bin/env bash
# The README's first commands, typed as a newcomer types them, and what they leave in images/:
#
#   tools/ci/demo.sh first     `make demo` builds two images
#   tools/ci/demo.sh again     `make demo` builds nothing
#   tools/ci/demo.sh destroy   `make demo-destroy` removes everything
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

output=$(mktemp)
trap 'rm -f "$output"' EXIT

fail() {
  echo "demo: FAILED: $*" >&2
  exit 1
}

# Every file with its inode, time and size.
listing() { if [[ -e images ]]; then find images -type f -printf '%p %i %T@ %s\n' | sort; fi; }

type_command() {
  echo "\$ $*"
  "$@" 2>&1 | tee "$output"
}

# published FORMAT: the one artifact of that format, which the stack's output of that name must lead to.
published() {
  local format=$1 files url
  mapfile -t files < <(find images -type f -name "*.$format")
  ((${#files[@]} == 1)) || fail "images/ holds ${#files[@]} files of the format $format instead of one"
  url=$(sed -n "s/^ *\"$format\": \"\(.*\)\",\{0,1\}$/\1/p" "$output")
  [[ $url == "file://$PWD/${files[0]}" ]] || fail "the output $format is $url instead of file://$PWD/${files[0]}"
  qemu-img info "${files[0]}" | grep -q "^file format: $format$" || fail "${files[0]} is no $format"
  qemu-img info "${files[0]}" | grep -q '^virtual size: 100 GiB' || fail "${files[0]} is not of 100 GiB"
}

both_published() {
  published qcow2
  published raw
  qemu-img check images/*/*.qcow2 || fail "qemu-img found a damaged qcow2"
  qemu-img compare images/*/*.qcow2 images/*/*.raw || fail "the two images differ"
}

first() {
  [[ ! -e .pulumi-demo ]] || fail "a demo exists already; run \`make demo-destroy\`"
  [[ -z $(listing) ]] || fail "images/ is not empty"
  type_command make demo
  both_published
}

again() {
  local before
  before=$(listing)
  type_command make demo
  grep -qE '^ +[0-9]+ unchanged$' "$output" || fail "the engine does not say that nothing changed"
  if grep -qE '^ +[+~-]+ ?[0-9]+ (created|updated|replaced|deleted)' "$output"; then fail "something was made again"; fi
  [[ $(listing) == "$before" ]] || fail "the files in images/ are others now"
  both_published
}

destroy() {
  type_command make demo-destroy
  [[ ! -e images ]] || fail "images/ still holds: $(find images)"
  [[ ! -e .pulumi-demo ]] || fail ".pulumi-demo is still there"
}

case ${1-} in
  first | again | destroy) "$1" ;;
  *)
    echo "usage: tools/ci/demo.sh first|again|destroy" >&2
    exit 2
    ;;
esac
