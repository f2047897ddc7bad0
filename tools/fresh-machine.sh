#!/usr/bin/env bash
# Runs make targets on a bare machine: a chroot of this host's Debian release with git, make and a clone of this
# repository.
#
#   sudo tools/fresh-machine.sh [--uncommitted] [--keep] [TARGET...]     (default: demo)
#
#   --uncommitted   copy changed and new files of the work tree into the clone
#   --keep          keep the chroot and print its folder
#
# The host's package sources, proxies, private certificate authorities and registries are used; credentials of apt and
# npm are not. Needs root, mmdebstrap, and about 10 GB of disk for the whole test run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
keep=false
uncommitted=false
targets=()
for word in "$@"; do
  case $word in
    --keep) keep=true ;;
    --uncommitted) uncommitted=true ;;
    -*)
      sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
      exit 2
      ;;
    *) targets+=("$word") ;;
  esac
done
if ((${#targets[@]} == 0)); then targets=(demo); fi

tool=fresh-machine
# shellcheck source=tools/fresh-root.sh
. "$root/tools/fresh-root.sh"
chroot=$scratch/root

make_machine() {
  local release sources
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mapfile -t sources < <(apt_sources)
  bare_machine "$chroot" "$release" git,make "${sources[@]}"
  write_environment "$chroot"
  if [[ -n ${STYLUS_INSTALLER-} ]]; then
    keep_variable "$chroot" STYLUS_INSTALLER /etc/fresh-root/installer.iso
    cp --sparse=always -- "$STYLUS_INSTALLER" "$chroot/etc/fresh-root/installer.iso"
  fi
}

clone_repository() {
  git clone --quiet --no-hardlinks "$root" "$chroot/root/repository"
  if $uncommitted; then
    git -C "$root" ls-files -z --cached --others --exclude-standard |
      tar -C "$root" --null --files-from=- --ignore-failed-read -c |
      tar -C "$chroot/root/repository" --no-same-owner -x
  fi
}

# shellcheck disable=SC2016
inside='
  . /etc/fresh-root/environment
  cd /root/repository
  echo "fresh-machine: $(. /etc/os-release && echo "$PRETTY_NAME"), $(nproc) cores; before:"
  for tool in node npm python3 go pulumi qemu-system-x86_64 xorriso; do
    printf "    %-20s %s\n" "$tool" "$(command -v "$tool" || echo none)"
  done
  for target in "$@"; do
    started=$SECONDS
    echo "fresh-machine: make $target"
    make "$target" </dev/null
    code=$?
    echo "fresh-machine: make $target ended with $code after $((SECONDS - started)) s"
    ((code == 0)) || exit $code
  done
'

started=$SECONDS
echo "fresh-machine: making a bare machine"
make_machine
clone_repository
echo "fresh-machine: made in $((SECONDS - started)) s"
enter "$chroot" "$devices_of_host" "$inside" "${targets[@]}"
