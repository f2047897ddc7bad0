#!/usr/bin/env bash
# Installs a Debian with real cloud-init from an installer that is not Kairos, and boots what was published:
#
#   tools/generic-installer.sh [PATTERN]     (only tests whose title matches)
#
# It needs what tools/set-up.sh --tests installs, and about 13 minutes of CPU time without KVM. test/installers/generic
# describes the installer.
set -euo pipefail
# shellcheck source=tools/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$stylus_root"

npm run --silent build
npx mocha --config test/installers.mocharc.json ${1+--grep "$1"}
