#!/usr/bin/env bash
# `make demo` and `make demo-destroy`: this repository's own Pulumi project. State, passphrase and settings are kept in
# .pulumi-demo/, so no account is needed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/env.sh
. tools/env.sh

demo=$PWD/.pulumi-demo
stack=demo
installer=$demo/stand-in-installer.iso

export PULUMI_HOME=$demo/home PULUMI_BACKEND_URL=file://$demo/state
export PULUMI_CONFIG_PASSPHRASE_FILE=$demo/passphrase
unset PULUMI_CONFIG_PASSPHRASE PULUMI_STACK

prepare() {
  mkdir -p "$demo/state"
  if [[ ! -s $PULUMI_CONFIG_PASSPHRASE_FILE ]]; then
    (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$PULUMI_CONFIG_PASSPHRASE_FILE")
  fi
}

# Builds the stand-in installer again when one of its sources is newer.
build_installer() {
  if [[ -e $installer && -z $(find examples/installer -newer "$installer" -print -quit) ]]; then
    return
  fi
  echo "demo: building a stand-in installer ISO; set STYLUS_INSTALLER=<file.iso> to use your own"
  examples/installer/build-installer.sh --output "$installer"
}

up() {
  if [[ -n ${STYLUS_INSTALLER-} ]]; then
    installer=$(realpath -e -- "$STYLUS_INSTALLER")
  else
    build_installer
  fi
  pulumi stack select --create "$stack" --non-interactive
  pulumi config set installer "$installer" --stack "$stack"
  pulumi up --yes --non-interactive --stack "$stack"
  echo
  echo "The stack's outputs:"
  pulumi stack output --json --stack "$stack"
  echo
  echo "In images/:"
  find images -type f -printf '%12s bytes  %p\n' | sort -k3
  echo
  echo "Run \`make demo\` again, and nothing is rebuilt. \`make demo-destroy\` removes everything."
}

destroy() {
  if [[ ! -s $PULUMI_CONFIG_PASSPHRASE_FILE ]]; then
    echo "demo: nothing to remove"
    return
  fi
  pulumi destroy --yes --non-interactive --stack "$stack" --remove
  rm -rf "$demo"
  remove_empty_images
}

# A folder that was published to keeps a lock, its own identity and that of this machine. They go where nothing else is left.
remove_empty_images() {
  local state=images/.stylus-image
  if [[ $(ls -A images 2>/dev/null) == .stylus-image && -z $(ls -A -I lock -I machine.json -I place.json "$state") ]]; then
    rm -r images
  fi
}

case ${1-} in
  up)
    prepare
    up
    ;;
  destroy) destroy ;;
  *)
    echo "usage: tools/demo.sh up|destroy" >&2
    exit 2
    ;;
esac
