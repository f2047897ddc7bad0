#!/usr/bin/env bash
# Runs `stylus-image doctor --fix --yes` in a bare chroot of a release, with its real apt-get and packages, and checks
# that images can be built there afterwards:
#
#   sudo tools/fresh-doctor.sh [--keep] debian|ubuntu [SUITE]     (bookworm, noble)
#
#   --keep             keep the machines and print their folder
#   UBUNTU_MIRROR      http://archive.ubuntu.com/ubuntu by default
#   STYLUS_INSTALLER   an installer ISO instead of the stand-in
#
# There are two machines. In the first, root repairs it after an interrupted installation and while another apt-get is
# running. In the second, ordinary users repair it, without and with sudo. tools/fresh-doctor-steps.sh has the expected
# output. The compiled package (`npm run build`) is installed with npm. Needs root, mmdebstrap, npm and 4 GB of disk.
set -euo pipefail
# shellcheck source=tools/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

usage() {
  sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
  exit 2
}

keep=false
if [[ ${1-} == --keep ]]; then
  keep=true
  shift
fi
case "$#:${1-}" in
  [12]:debian) suite=${2:-bookworm} ;;
  [12]:ubuntu) suite=${2:-noble} ;;
  *) usage ;;
esac
distribution=$1
if [[ ! -e $stylus_root/dist/provider/cli/main.js ]]; then
  echo "fresh-doctor: the package is not compiled; run npm run build first" >&2
  exit 1
fi

tool=fresh-doctor
# shellcheck source=tools/fresh-root.sh
. "$stylus_root/tools/fresh-root.sh"

# ---- package sources ----------------------------------------------------------------------------

# mirror NAME: this host's mirror of that archive, or Debian's own.
mirror() {
  {
    cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
      sed -n -E 's/^URIs: *//p; s/^deb (\[.*\] )?([^ ]+) .*/\2/p' | grep -E "/$1/?\$" || true
    echo "http://deb.debian.org/$1"
  } | sed -n 1p
}

ubuntu_key=/usr/share/keyrings/ubuntu-archive-keyring.gpg

# Debian has a package with Ubuntu's keys since version 13; older versions download it from there, signed by Debian.
fetch_ubuntu_key() {
  local state=$scratch/keys options
  mkdir -p "$state"/{lists,cache/archives}/partial
  chmod 777 "$state"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror debian) trixie main" \
    >"$state/sources.list"
  options=(-qq -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache")
  apt-get "${options[@]}" update
  (cd "$state" && apt-get "${options[@]}" download ubuntu-keyring)
  dpkg-deb -x "$state"/ubuntu-keyring_*.deb "$state/unpacked"
}

# Lines of sources.list(5), with the path of the key in a machine of that distribution.
package_sources() {
  local pocket mirror
  case $distribution in
    debian)
      mirror=$(mirror debian)
      for pocket in "$mirror $suite" "$mirror $suite-updates" "$(mirror debian-security) $suite-security"; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $pocket main"
      done
      ;;
    ubuntu)
      for pocket in "$suite" "$suite-updates" "$suite-security"; do
        echo "deb [signed-by=$ubuntu_key] ${UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu} $pocket main universe"
      done
      ;;
  esac
}

# ---- the machines -------------------------------------------------------------------------------

make_machine() {
  local folder=$1 sources=$scratch/sources.list
  package_sources >"$sources"
  if [[ $distribution == ubuntu && ! -e $ubuntu_key ]]; then
    fetch_ubuntu_key
    sed -i "s#$ubuntu_key#$scratch/keys/unpacked$ubuntu_key#" "$sources"
  fi
  # udev creates the group kvm; Node.js needs the library.
  bare_machine "$folder" "$suite" udev,libstdc++6 "$sources"
  rm -f "$folder"/etc/apt/sources.list.d/*
  package_sources >"$folder/etc/apt/sources.list"
  write_environment "$folder"
}

# Node.js and npm in the same places as their own packages.
add_node() {
  local folder=$1 npm
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  mkdir -p "$folder/usr/local/lib/node_modules"
  cp "$(readlink -f "$(command -v node)")" "$folder/usr/local/bin/node"
  cp -r "$npm" "$folder/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/usr/local/bin/npm"
}

add_installer() {
  local iso=${STYLUS_INSTALLER-}
  if [[ -z $iso ]]; then
    iso=$scratch/installer.iso
    run "$stylus_root/examples/installer/build-installer.sh" --output "$iso" --payload-size 4MiB \
      </dev/null >"$scratch/installer.log"
  fi
  cp --sparse=always "$iso" "$1/srv/installer.iso"
}

add_command() {
  (cd "$stylus_root" && npm pack --silent --ignore-scripts --pack-destination "$1/root" >/dev/null)
  # shellcheck disable=SC2016
  enter "$1" "$devices" '
    . /etc/fresh-root/environment
    npm install --global --no-audit --no-fund --loglevel=error /root/pulumi-stylus-image-*.tgz
  '
}

# A separate /dev whose kvm belongs to the group kvm, as with udev.
# shellcheck disable=SC2016
devices='
  mount -t tmpfs -o mode=755 none "$folder/dev"
  for name in null zero full random urandom tty; do
    : >"$folder/dev/$name"
    mount --bind "/dev/$name" "$folder/dev/$name"
  done
  mkdir "$folder/dev/pts" "$folder/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$folder/dev/pts"
  mount -t tmpfs -o mode=1777 none "$folder/dev/shm"
  ln -s pts/ptmx "$folder/dev/ptmx"
  ln -s /proc/self/fd "$folder/dev/fd"
  mknod "$folder/dev/kvm" c 10 232
  chown "0:$(sed -n "s/^kvm:[^:]*:\([0-9]*\):.*/\1/p" "$folder/etc/group")" "$folder/dev/kvm"
  chmod 660 "$folder/dev/kvm"
'

# shows CASE: runs the steps on a copy of the prepared machine.
shows() {
  cp -a "$scratch/machine" "$scratch/$1"
  enter "$scratch/$1" "$devices" "$(<"$stylus_root/tools/fresh-doctor-steps.sh")" "$1"
}

say() { echo "fresh-doctor: $1 (after $SECONDS s)"; }

say "making a bare machine: $distribution $suite"
make_machine "$scratch/machine"
add_node "$scratch/machine"
say "installing the package"
add_command "$scratch/machine"
add_installer "$scratch/machine"
say "root repairs a machine"
shows root
say "users repair a machine"
shows users
say "everything succeeded on $distribution $suite"
