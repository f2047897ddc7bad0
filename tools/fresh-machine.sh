#!/usr/bin/env bash
# Runs make targets on a machine that has nothing: a bare chroot of this host's Debian release, with
# git and make as a person would install them to get this far, and a clone of this repository.
#
#   sudo tools/fresh-machine.sh [--uncommitted] [--keep] [TARGET...]     (default: demo)
#
#   --uncommitted   lay the work tree's changed and new files over the clone
#   --keep          leave the chroot behind and print where it is
#
# The host's package sources, proxies, private certificate authorities and registries are used as
# they are configured; apt's and npm's credentials are not carried over. Needs mmdebstrap and some
# 10 GB of disk for the whole test run.
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

if ((EUID != 0)) || ! command -v mmdebstrap >/dev/null; then
  echo "fresh-machine: needs root and mmdebstrap (sudo apt-get install -y mmdebstrap)" >&2
  exit 1
fi

scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/fresh-machine.XXXXXX")
chroot=$scratch/root
child=
stop_signal=TERM

# Mounts live in a namespace that ends with its last process, so only files are left to remove.
clean_up() {
  if [[ -n $child ]]; then
    kill -s "$stop_signal" "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  if $keep; then
    echo "fresh-machine: kept $chroot"
  else
    rm -rf --one-file-system "$scratch"
  fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

run() {
  "$@" &
  child=$!
  local code=0
  wait "$child" || code=$?
  child=
  return $code
}

# ---- what the host is configured with -----------------------------------------------------------

apt_sources() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/{debian,ubuntu}.sources; do
    if [[ -s $file ]]; then echo "$file"; fi
  done
}

apt_settings() {
  apt-config dump | grep -E '^Acquire::(http|https|Retries|Check-Valid-Until)\b' || true
}

# keep_variable NAME VALUE: gives the chroot an environment variable.
keep_variable() {
  if [[ -n $2 ]]; then printf 'export %s=%q\n' "$1" "$2" >>"$chroot/etc/fresh-machine/environment"; fi
}

write_environment() {
  local name
  (umask 077 && mkdir -p "$chroot/etc/fresh-machine" && : >"$chroot/etc/fresh-machine/environment")
  chmod 755 "$chroot/etc/fresh-machine"
  for name in {http,https,no,all}_proxy {HTTP,HTTPS,NO,ALL}_PROXY; do
    keep_variable "$name" "${!name-}"
  done
  # Set where the network is behind a private authority. Copied aside: the chroot's own bundle is
  # written anew when it gets the package ca-certificates.
  for name in SSL_CERT_FILE NODE_EXTRA_CA_CERTS PIP_CERT REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO; do
    if [[ -f ${!name-} ]]; then
      install -m 644 "${!name}" "$chroot/etc/fresh-machine/$name.pem"
      keep_variable "$name" "/etc/fresh-machine/$name.pem"
    fi
  done
  if command -v npm >/dev/null; then
    keep_variable NPM_CONFIG_REGISTRY "$(cd / && npm config get registry 2>/dev/null)"
  fi
  if command -v pip >/dev/null; then
    keep_variable PIP_INDEX_URL "$(pip config get global.index-url 2>/dev/null || true)"
  fi
  if command -v go >/dev/null; then
    for name in GOPROXY GOSUMDB GONOSUMDB GOPRIVATE; do keep_variable "$name" "$(go env $name)"; done
  fi
  keep_variable CI true
  keep_variable LANG C.UTF-8
  keep_variable STYLUS_INSTALLER "${STYLUS_INSTALLER:+/etc/fresh-machine/installer.iso}"
  if [[ -n ${STYLUS_INSTALLER-} ]]; then
    cp --sparse=always -- "$STYLUS_INSTALLER" "$chroot/etc/fresh-machine/installer.iso"
  fi
}

# ---- the machine --------------------------------------------------------------------------------

make_machine() {
  local release sources
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mapfile -t sources < <(apt_sources)
  apt_settings >"$scratch/apt.conf"
  run mmdebstrap --quiet --variant=minbase --include=git,make --aptopt="$scratch/apt.conf" \
    "$release" "$chroot" "${sources[@]}" </dev/null
  cp --dereference /etc/resolv.conf /etc/hosts "$chroot/etc/"
  write_environment
}

clone_repository() {
  git clone --quiet --no-hardlinks "$root" "$chroot/root/repository"
  if $uncommitted; then
    git -C "$root" ls-files -z --cached --others --exclude-standard |
      tar -C "$root" --null --files-from=- --ignore-failed-read -c |
      tar -C "$chroot/root/repository" --no-same-owner -x
  fi
}

# In the new namespaces; takes the chroot, what to run in it, and the targets.
# shellcheck disable=SC2016
mount_and_enter='
  set -e
  chroot=$1 inside=$2
  shift 2
  # A mount point as any root is: unshare(1), which tests call, cannot do its work in a plain folder.
  mount --bind "$chroot" "$chroot"
  mount --rbind /dev "$chroot/dev"
  mount -t proc proc "$chroot/proc"
  mount --rbind /sys "$chroot/sys"
  exec env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$chroot" /bin/bash -c "$inside" inside "$@"
'
# shellcheck disable=SC2016
inside='
  . /etc/fresh-machine/environment
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
# unshare ignores SIGTERM while it waits; its --kill-child ends everything inside when it dies.
stop_signal=KILL
run unshare --mount --propagation private --pid --fork --kill-child \
  bash -c "$mount_and_enter" enter "$chroot" "$inside" "${targets[@]}"
