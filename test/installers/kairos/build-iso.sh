#!/usr/bin/env bash
# build-iso.sh AGENT OUTPUT.iso: an installer ISO in Kairos' layout, made of Debian packages and the real kairos-agent.
# Needs root, mmdebstrap and Debian's package sources.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
agent=${1:?the program kairos-agent} output=${2:?the ISO to write}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/kairos-iso.XXXXXX")
chmod 755 "$work"
trap clean_up EXIT
root=$work/root iso=$work/iso

packages=(
  systemd systemd-sysv udev dbus libpam-systemd login sudo openssh-server procps kmod iproute2 less
  util-linux fdisk gdisk parted e2fsprogs dosfstools rsync eject cloud-guest-utils busybox-static
  grub2-common grub-pc-bin grub-efi-amd64-bin grub-efi-amd64-signed shim-signed
)

main() {
  step "Debian's packages" make_root
  step "kernel modules" add_modules
  step "initrd" make_initrd
  step "the agent and its files" add_agent
  step "rootfs.squashfs" make_squashfs
  step "the ISO" make_iso
  mv -f "$output.partial" "$output"
}

clean_up() {
  local code=$?
  if ((code != 0)) && [[ -e $work/step.log ]]; then tail -n 40 "$work/step.log" >&2; fi
  rm -rf --one-file-system "$work" "$output.partial"
}

step() {
  local started=$SECONDS
  # Debian's packages print much.
  "$2" >"$work/step.log" 2>&1
  echo "build-iso: $1: $((SECONDS - started)) s"
}

make_root() {
  local excludes=() sources=() folder file
  for folder in doc info locale man lintian linda bash-completion; do
    excludes+=(--dpkgopt="path-exclude=/usr/share/$folder/*")
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
    if [[ -s $file ]]; then sources+=("$file"); fi
  done
  apt-config dump | grep -E '^Acquire::(http|https|Retries)\b' >"$work/apt.conf" || true
  # The kernel is only unpacked, because its package would make an initrd of its own.
  # shellcheck disable=SC2016 # mmdebstrap's shell expands the variables.
  mmdebstrap --quiet --variant=essential --include="$(IFS=, && echo "${packages[*]}")" "${excludes[@]}" \
    --aptopt='APT::Install-Recommends "false"' --aptopt="$work/apt.conf" --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --customize-hook='cd "$1/.." && export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG &&
      apt-get -qq download "$(apt-cache depends linux-image-amd64 | awk "/Depends:/ { print \$2; exit }")"' \
    bookworm "$root" "${sources[@]}"
}

modules_for() {
  awk -v where="$1" '$1 == where { for (i = 2; i <= NF; i++) print $i }' "$here/modules.txt"
}

add_modules() {
  local folder
  mkdir "$work/kernel"
  dpkg-deb --fsys-tarfile "$work"/linux-image-*.deb | tar -x -C "$work/kernel"
  mv "$work"/kernel/boot/vmlinuz-* "$root/boot/vmlinuz"
  version=$(basename "$work"/kernel/lib/modules/*)
  modules=usr/lib/modules/$version
  mkdir -p "$root/$modules/kernel"
  for folder in $(modules_for initrd && modules_for root); do copy_modules "$folder" "$root"; done
  cp "$work/kernel/lib/modules/$version"/modules.{builtin,builtin.modinfo,order} "$root/$modules/"
  chroot "$root" depmod "$version"
}

# copy_modules FOLDER ROOT
copy_modules() {
  if [[ ! -e $work/kernel/lib/modules/$version/kernel/$1 ]]; then return; fi
  (cd "$work/kernel/lib/modules/$version/kernel" && cp -a --parents "$1" "$2/$modules/kernel/")
}

make_initrd() {
  local initrd=$work/initrd applet folder
  mkdir -p "$initrd"/{bin,dev,proc,sys,run,sysroot,etc,usr} "$initrd/$modules/kernel"
  ln -s usr/lib "$initrd/lib"
  ln -s bin "$initrd/sbin"
  cp "$here/initrd/init" "$initrd/init"
  cp "$root/bin/busybox" "$initrd/bin/"
  for applet in $("$root/bin/busybox" --list); do [[ -e $initrd/bin/$applet ]] || ln -s busybox "$initrd/bin/$applet"; done
  for folder in $(modules_for initrd); do copy_modules "$folder" "$initrd"; done
  cp "$root/$modules"/modules.* "$initrd/$modules/"
  (cd "$initrd" && find . | cpio --quiet -o -H newc -R 0:0 | zstd -q -9 -T0) >"$root/boot/initrd"
}

add_agent() {
  local unit
  install -m 755 "$agent" "$root/usr/bin/kairos-agent"
  cp -a --no-preserve=ownership "$here/root/." "$root/"
  chmod 440 "$root/etc/sudoers.d/admin"
  mkdir -p "$root"/{oem,system,usr/local,boot/efi}
  chroot "$root" groupadd --force admin
  for unit in cos-setup-{fs,boot,network} kairos-installer host-keys systemd-networkd ssh; do
    systemctl --quiet --root "$root" enable "$unit.service" 2>/dev/null
  done
  systemctl --quiet --root "$root" mask systemd-firstboot.service systemd-binfmt.service \
    proc-sys-fs-binfmt_misc.automount e2scrub_reap.service e2scrub_all.timer dpkg-db-backup.timer 2>/dev/null
  # Made at the first boot of each machine.
  rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/resolv.conf" "$root/etc/hostname"
  : >"$root/etc/machine-id"
  # The agent copies the root three times: what no test needs would make each install longer.
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/usr/lib/udev/hwdb.* \
    "$root/usr/lib/x86_64-linux-gnu/gconv"
  find "$root/usr/lib/grub/x86_64-efi-signed" -type f ! -name grubx64.efi.signed -delete
}

make_squashfs() {
  mkdir -p "$iso"
  mksquashfs "$root" "$iso/rootfs.squashfs" -quiet -no-progress -no-xattrs -comp lz4
}

make_iso() {
  local i386=$root/usr/lib/grub/i386-pc
  mkdir -p "$iso/boot/grub2" "$iso/EFI/BOOT"
  cp "$root/boot/vmlinuz" "$iso/boot/kernel"
  cp "$root/boot/initrd" "$iso/boot/initrd"
  cp "$here/grub/iso.cfg" "$iso/boot/grub2/grub.cfg"
  grub-mkimage -d "$i386" -O i386-pc-eltorito -p /boot/grub2 -c "$here/grub/find-live.cfg" -o "$iso/boot/eltorito.img" \
    biosdisk part_gpt part_msdos iso9660 search search_label normal configfile linux test echo serial terminal
  cp "$root/usr/lib/shim/shimx64.efi.signed" "$iso/EFI/BOOT/BOOTX64.EFI"
  cp "$root/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" "$iso/EFI/BOOT/grubx64.efi"
  cp "$here/grub/find-live.cfg" "$iso/EFI/BOOT/grub.cfg"
  truncate -s 8M "$iso/boot/uefi.img"
  mformat -i "$iso/boot/uefi.img" -v COS_GRUB ::
  mmd -i "$iso/boot/uefi.img" ::EFI ::EFI/BOOT ::EFI/debian
  mcopy -i "$iso/boot/uefi.img" "$iso/EFI/BOOT/BOOTX64.EFI" "$iso/EFI/BOOT/grubx64.efi" ::EFI/BOOT/
  mcopy -i "$iso/boot/uefi.img" "$here/grub/find-live.cfg" ::EFI/debian/grub.cfg
  xorriso -as mkisofs -quiet -o "$output.partial" -V COS_LIVE -r -J -joliet-long -iso-level 3 \
    -b boot/eltorito.img -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
    --grub2-mbr "$i386/boot_hybrid.img" -partition_offset 16 \
    -append_partition 2 0xef "$iso/boot/uefi.img" -appended_part_as_gpt \
    -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot "$iso"
}

main
