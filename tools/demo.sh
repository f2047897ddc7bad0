#!/usr/bin/env bash
# `make demo` and `make demo-destroy`: this repository's own Pulumi project, with state, passphrase
# and settings in .pulumi-demo/ and no account anywhere.
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

# The stand-in is built anew when what makes it is newer than it.
build_installer() {
  if [[ -e $installer && -z $(find examples/installer -newer "$installer" -print -quit) ]]; then
    return
  fi
  echo "demo: building a stand-in installer ISO; STYLUS_INSTALLER=<file.iso> takes one of yours"
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
  echo "Run \`make demo\` again: nothing is rebuilt. \`make demo-destroy\` removes it all."
}

destroy() {
  if [[ ! -s $PULUMI_CONFIG_PASSPHRASE_FILE ]]; then
    echo "demo: there is nothing to remove"
    return
  fi
  pulumi destroy --yes --non-interactive --stack "$stack" --remove
  rm -rf "$demo"
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
