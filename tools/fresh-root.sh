# shellcheck shell=bash
# Sourced by tools/fresh-*.sh: makes the files of a bare machine in a folder and runs commands in it. The variable `tool`
# is the name of the calling script; `keep` is true if the folder is to be kept.

tool=${tool:?} keep=${keep:-false}

if ((EUID != 0)) || ! command -v mmdebstrap >/dev/null; then
  echo "$tool: needs root and mmdebstrap (sudo apt-get install -y mmdebstrap)" >&2
  exit 1
fi

scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/$tool.XXXXXX")
# apt reads keys and settings in it as another user.
chmod 755 "$scratch"
child=
stop_signal=TERM

# Mounts end with the last process of their namespace, so only files have to be removed.
clean_up() {
  if [[ -n $child ]]; then
    kill -s "$stop_signal" "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  if $keep; then
    echo "$tool: kept $scratch"
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

# ---- configuration of the host -----------------------------------------------------------

apt_sources() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/{debian,ubuntu}.sources; do
    if [[ -s $file ]]; then echo "$file"; fi
  done
}

apt_settings() {
  apt-config dump | grep -E '^Acquire::(http|https|Retries|Check-Valid-Until)\b' || true
}

# bare_machine FOLDER SUITE PACKAGES SOURCE...: makes the smallest machine of that release that has apt.
bare_machine() {
  local folder=$1 suite=$2 packages=$3
  shift 3
  apt_settings >"$scratch/apt.conf"
  # `minbase` does not contain apt in every release.
  run mmdebstrap --quiet --variant=minbase --include="apt,$packages" --aptopt="$scratch/apt.conf" \
    "$suite" "$folder" "$@" </dev/null
  cp --dereference /etc/resolv.conf /etc/hosts "$folder/etc/"
}

# keep_variable FOLDER NAME VALUE: sets an environment variable in the machine, unless the value is empty.
keep_variable() {
  if [[ -n $3 ]]; then printf 'export %s=%q\n' "$2" "$3" >>"$1/etc/fresh-root/environment"; fi
}

# write_environment FOLDER
write_environment() {
  local folder=$1 name
  (umask 077 && mkdir -p "$folder/etc/fresh-root" && : >"$folder/etc/fresh-root/environment")
  chmod 755 "$folder/etc/fresh-root"
  for name in {http,https,no,all}_proxy {HTTP,HTTPS,NO,ALL}_PROXY; do
    keep_variable "$folder" "$name" "${!name-}"
  done
  # For networks with a private certificate authority. Copied to another file, because the package ca-certificates
  # replaces the machine's own bundle.
  for name in SSL_CERT_FILE NODE_EXTRA_CA_CERTS PIP_CERT REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO; do
    if [[ -f ${!name-} ]]; then
      install -m 644 "${!name}" "$folder/etc/fresh-root/$name.pem"
      keep_variable "$folder" "$name" "/etc/fresh-root/$name.pem"
    fi
  done
  if command -v npm >/dev/null; then
    keep_variable "$folder" NPM_CONFIG_REGISTRY "$(cd / && npm config get registry 2>/dev/null)"
  fi
  if command -v pip >/dev/null; then
    keep_variable "$folder" PIP_INDEX_URL "$(pip config get global.index-url 2>/dev/null || true)"
  fi
  if command -v go >/dev/null; then
    for name in GOPROXY GOSUMDB GONOSUMDB GOPRIVATE; do
      keep_variable "$folder" "$name" "$(go env $name)"
    done
  fi
  keep_variable "$folder" CI true
  keep_variable "$folder" LANG C.UTF-8
}

# ---- running commands in the machine ---------------------------------------------------------------------------------

# Runs in the new namespaces. Arguments: the folder, commands that set up /dev, the commands to run, their arguments.
# shellcheck disable=SC2016
mount_and_enter='
  set -e
  folder=$1 devices=$2 inside=$3
  shift 3
  # Tests call unshare(1), which needs a root that is a mount point.
  mount --bind "$folder" "$folder"
  eval "$devices"
  mount -t proc proc "$folder/proc"
  mount --rbind /sys "$folder/sys"
  exec env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$folder" /bin/bash -c "$inside" inside "$@"
'

# shellcheck disable=SC2016,SC2034
devices_of_host='mount --rbind /dev "$folder/dev"'

# enter FOLDER DEVICES COMMANDS ARGUMENT...: runs bash commands in the machine as root.
enter() {
  # unshare ignores SIGTERM while it waits. When it is killed, --kill-child ends all processes inside.
  stop_signal=KILL
  local code=0
  run unshare --mount --propagation private --pid --fork --kill-child \
    bash -c "$mount_and_enter" enter "$@" || code=$?
  stop_signal=TERM
  return $code
}
