# shellcheck shell=bash
# Sourced, never run: a folder with the files of a bare machine, and how to get in. For tools/fresh-*.sh,
# which say their name in `tool` and whether files stay behind in `keep`.

tool=${tool:?} keep=${keep:-false}

if ((EUID != 0)) || ! command -v mmdebstrap >/dev/null; then
  echo "$tool: needs root and mmdebstrap (sudo apt-get install -y mmdebstrap)" >&2
  exit 1
fi

scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/$tool.XXXXXX")
# apt reads keys and settings below it as its own user.
chmod 755 "$scratch"
child=
stop_signal=TERM

# Mounts live in a namespace that ends with its last process, so only files are left to remove.
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

# bare_machine FOLDER SUITE PACKAGES SOURCE...: the smallest machine of that release that has apt.
bare_machine() {
  local folder=$1 suite=$2 packages=$3
  shift 3
  apt_settings >"$scratch/apt.conf"
  # Not every release counts apt among what `minbase` needs.
  run mmdebstrap --quiet --variant=minbase --include="apt,$packages" --aptopt="$scratch/apt.conf" \
    "$suite" "$folder" "$@" </dev/null
  cp --dereference /etc/resolv.conf /etc/hosts "$folder/etc/"
}

# keep_variable FOLDER NAME VALUE: gives the machine an environment variable.
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
  # Set where the network is behind a private authority. Copied aside: the machine's own bundle is
  # written anew when it gets the package ca-certificates.
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

# ---- the way in ---------------------------------------------------------------------------------

# In the new namespaces; takes the folder, a function body that lays out /dev, what to run, and its arguments.
# shellcheck disable=SC2016
mount_and_enter='
  set -e
  folder=$1 devices=$2 inside=$3
  shift 3
  # A mount point as any root is: unshare(1), which tests call, cannot do its work in a plain folder.
  mount --bind "$folder" "$folder"
  eval "$devices"
  mount -t proc proc "$folder/proc"
  mount --rbind /sys "$folder/sys"
  exec env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$folder" /bin/bash -c "$inside" inside "$@"
'

# shellcheck disable=SC2016,SC2034
devices_of_host='mount --rbind /dev "$folder/dev"'

# enter FOLDER DEVICES COMMANDS ARGUMENT...: runs commands of bash there, as root.
enter() {
  # unshare ignores SIGTERM while it waits; its --kill-child ends everything inside when it dies.
  stop_signal=KILL
  local code=0
  run unshare --mount --propagation private --pid --fork --kill-child \
    bash -c "$mount_and_enter" enter "$@" || code=$?
  stop_signal=TERM
  return $code
}
