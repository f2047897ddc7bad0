# shellcheck shell=bash
# shellcheck disable=SC2034 # tools/set-up.sh reads the names of the folders.
# Source this file with `. tools/env.sh`: it puts the tools that tools/set-up.sh prepared on PATH.
#
#   node_modules/.bin   node 24 and the development tools
#   the Pulumi CLI      the one on PATH if its Node.js language host is on PATH too, else the one built from
#                       tools/pulumi-cli, with the language host from tools/language-host
#   the test servers    if `set-up.sh --tests` has built them

stylus_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
stylus_cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/pulumi-stylus-image-tools

# stylus_folder NAME FILE...: the cache folder of a tool, named after a hash of the files that it is built from.
stylus_folder() {
  printf '%s/%s-%s\n' "$stylus_cache" "$1" "$(cat "${@:2}" | sha256sum | cut -c1-16)"
}

# PATH without this file's entries, so that it can be sourced twice.
stylus_outer_path() {
  local entry entries result=
  IFS=: read -ra entries <<<"$PATH"
  for entry in "${entries[@]}"; do
    case $entry in
      "$stylus_root"/* | "$stylus_cache"/*) ;;
      *) result+=${result:+:}$entry ;;
    esac
  done
  printf '%s\n' "$result"
}

PATH=$(stylus_outer_path)
# mke2fs, debugfs, blkid and sfdisk are in folders that are not on the PATH of ordinary users.
case :$PATH: in
  *:/usr/sbin:*) ;;
  *) PATH+=:/usr/sbin:/sbin ;;
esac

stylus_node=$(stylus_folder node "$stylus_root/tools/bootstrap/node.txt")
stylus_go=$(stylus_folder go "$stylus_root/tools/bootstrap/go.txt")
stylus_pulumi_cli=$(stylus_folder pulumi-cli "$stylus_root"/tools/pulumi-cli/go.{mod,sum})
stylus_pulumi=$(stylus_folder pulumi "$stylus_root"/tools/{pulumi-cli/go.{mod,sum},language-host/*})
stylus_versitygw=$(stylus_folder versitygw "$stylus_root"/tools/versitygw/go.{mod,sum})
stylus_kube_apiserver=$(stylus_folder kube-apiserver "$stylus_root"/tools/kube-apiserver/go.{mod,sum})
stylus_ova_import=$(stylus_folder ova-import "$stylus_root"/tools/ova-import/{go.mod,go.sum,main.go})
stylus_oci_memory=$(stylus_folder oci-memory "$stylus_root"/tools/oci-memory/{go.mod,go.sum,main.go})
stylus_vsphere_package=$(stylus_folder vsphere-package "$stylus_root"/tools/vsphere-package/*)
stylus_docker_registry=$(stylus_folder docker-registry /etc/os-release)
stylus_cloud_init=$(stylus_folder cloud-init /etc/os-release)
stylus_debian_base=$(stylus_folder debian-base "$stylus_root/tools/debian-base.sh")
stylus_installer_oracle=$(stylus_folder installer-oracle "$stylus_root"/tools/installer-oracle/{go.mod,go.sum,*.go})
stylus_generic_base=$(stylus_folder generic-installer \
  "$stylus_root"/test/installers/generic/{build.sh,modules.txt,root/*})
stylus_vcenter=$(stylus_folder vcenter "$stylus_root"/tools/vcenter/{go.mod,go.sum,*.go})

stylus_machine_has_pulumi=false
if command -v pulumi >/dev/null && command -v pulumi-language-nodejs >/dev/null; then
  stylus_machine_has_pulumi=true
else
  PATH=$stylus_pulumi:$PATH
fi
PATH=$stylus_versitygw:$stylus_ova_import:$stylus_kube_apiserver:$PATH
PATH=$stylus_oci_memory:$stylus_docker_registry/usr/bin:$stylus_vcenter:$stylus_installer_oracle:$PATH
PATH=$stylus_root/node_modules/.bin:$stylus_node/bin:$PATH
export PATH
export PULUMI_SKIP_UPDATE_CHECK=true
export STYLUS_TEST_VSPHERE_PACKAGE=$stylus_vsphere_package
export STYLUS_TEST_CLOUD_INIT=$stylus_cloud_init/usr/lib/python3/dist-packages
