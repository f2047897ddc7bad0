# shellcheck shell=bash
# Run by tools/fresh-doctor.sh as root in a bare machine, with the name of the case as its argument.
set -uo pipefail
# shellcheck source=/dev/null
. /etc/fresh-root/environment
cd /root || exit

fail() {
  echo "fresh-doctor: FAILED: $*"
  exit 1
}

# Lines of the package manager about a single package.
wordy='^(Get:|Selecting|Preparing|Unpacking|Setting up|\(Reading|Adding|Processing|Created symlink|debconf:)'

# expect CODE PATTERN COMMAND...: runs a command, prints its output, and checks its exit code and output.
expect() {
  local code=$1 pattern=$2 ended=0
  shift 2
  echo "fresh-doctor: \$ $*"
  said=$("$@" 2>&1 </dev/null) || ended=$?
  grep -vE "$wordy" <<<"$said" | sed 's/^/    /'
  echo "    (exit code $ended)"
  ((ended == code)) || fail "exit code $ended instead of $code"
  and "$pattern"
}

and() { grep -qE -e "$1" <<<"$said" || fail "it does not say $1"; }
but_not() { if grep -qE -e "$1" <<<"$said"; then fail "it says $1"; fi; }

# session NAME COMMAND: runs a command in a new login of that user.
session() { runuser -l "$1" -c "$2"; }

state() {
  { cat /var/lib/dpkg/status /etc/group /etc/passwd && ls -R /var/lib/apt/lists /var/cache/apt; } |
    sha256sum
}

# unchanged: checks that the machine is as it was when `before` was set.
before=
unchanged() { [[ $(state) == "$before" ]] || fail "the machine has changed"; }

build="EDGE_HOST_TOKEN=t0ken stylus-image build --installer /srv/installer.iso \
  --palette-endpoint palette.example.com --memory 1GiB --cpus 2 --disk-size 3GiB --format qcow2 --to images"

# builds USER OPTION...: checks that the user can build an image.
builds() {
  local user=$1
  shift
  expect 0 '^verify: finished' session "$user" "$build $*"
  and '^qcow2  /.*\.qcow2$'
  expect 0 'No errors were found' session "$user" 'qemu-img check images/*/*.qcow2'
}

# Holds a lock on a file as apt-get does.
hold_lock() {
  perl -MFcntl -e 'open my $f, ">>", $ARGV[0] or die $!;
    my $whole = pack "s s l! l! i", F_WRLCK, 0, 0, 0, 0;
    fcntl $f, F_SETLK, $whole or die $!;
    sleep $ARGV[1]' "$1" "$2" &
}

install='apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600 .*ovmf qemu-system-x86 qemu-utils xorriso$'
noninteractive='DEBIAN_FRONTEND=noninteractive'

root_repairs() {
  before=$(state)
  expect 1 '^problem: The build host lacks [0-9]+ tools' stylus-image doctor
  expect 1 '^apt-get update$' stylus-image doctor --fix
  and "^env $noninteractive $install"
  unchanged

  echo "fresh-doctor: dpkg is broken off, and another apt-get is at work for some seconds"
  dpkg-query --status libc-bin >/var/lib/dpkg/updates/0000
  expect 1 "^env $noninteractive dpkg --configure -a$" stylus-image doctor --fix
  hold_lock /var/lib/dpkg/lock-frontend 10
  hold_lock /var/lib/apt/lists/lock 20
  sleep 1
  expect 0 '^Waiting for perl \(process [0-9]+\), which has /var/lib/dpkg/lock-frontend locked\.$' \
    stylus-image doctor --fix --yes
  and '^Waiting for perl \(process [0-9]+\), which has /var/lib/apt/lists/lock locked\.$'
  wait
  and '^# Nothing to repair\.$'
  expect 0 '^This machine can build images\.$' stylus-image doctor
  before=$(state)
  expect 0 '^# Nothing to repair\.$' stylus-image doctor --fix --yes
  but_not '^\$ '
  unchanged
  builds root
}

users_repair() {
  useradd --create-home --shell /bin/bash ada
  useradd --create-home --shell /bin/bash bob
  before=$(state)
  expect 1 '^# This user is not root and sudo is not installed: root must run these commands\.$' \
    session bob 'stylus-image doctor --fix'
  expect 1 'not root and sudo is not installed; nothing was changed\. Ask an administrator' \
    session bob 'stylus-image doctor --fix --yes'
  and "to run, as root: apt-get update && env $noninteractive apt-get install .* && usermod -aG kvm bob "
  unchanged

  echo "fresh-doctor: sudo is installed, and ada may use it"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y sudo; } >/dev/null 2>&1
  apt-get clean
  rm -rf /var/lib/apt/lists/*
  echo 'ada ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ada

  before=$(state)
  expect 1 '^\$ sudo apt-get update$' session bob 'stylus-image doctor --fix --yes'
  and "may not use sudo.* [Aa]sk an administrator .* as root: apt-get update && .* && usermod -aG kvm bob "
  unchanged
  expect 1 '^sudo apt-get update$' session ada 'stylus-image doctor --fix'
  and "^sudo $noninteractive $install"
  and '^sudo usermod -aG kvm ada$'
  unchanged
  [[ $(getent group kvm) != *ada* ]] || fail "ada is in the group before"

  # The second time in the same session, which has no use of the group yet.
  expect 0 '^\$ sudo usermod -aG kvm ada$' \
    session ada 'stylus-image doctor --fix --yes && stylus-image doctor --fix --yes'
  and '^# ada is in the group kvm .* this session was started before that\. Log in again\.$'
  [[ $(grep -c '^\$ sudo usermod' <<<"$said") == 1 ]] || fail "ada was added twice"
  grep -E '^kvm:.*[:,]ada$' /etc/group || fail "ada is not in /etc/group"

  expect 0 '^This machine can build images\.$' session ada 'stylus-image doctor'
  before=$(state)
  expect 0 '^# Nothing to repair\.$' session ada 'stylus-image doctor --fix --yes'
  but_not '^\$ '
  unchanged
  builds ada --firmware uefi --secure-boot
}

echo "fresh-doctor: $(. /etc/os-release && echo "$PRETTY_NAME"), Node.js $(node --version)"
case $1 in
  root) root_repairs ;;
  users) users_repair ;;
esac
