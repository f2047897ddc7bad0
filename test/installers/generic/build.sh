#!/usr/bin/env bash
# Builds an installer ISO that is not Kairos: it copies a Debian with cloud-init to the disk. README.md describes it.
# Without --output it only makes what all variants share, in the cache of tools/env.sh.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1704067200

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/env.sh
. "$here/../../../tools/env.sh"
base=$stylus_generic_base
output=
variant=default

usage() {
  echo "Usage: ${0##*/} [--output FILE.iso [--variant default|silent|waits|silent-waits]]"
}

main() {
  parse_arguments "$@"
  mkdir -p "$stylus_cache"
  # One build at a time; the lock ends with the program.
  exec 9>"$stylus_cache/generic-installer.lock"
  flock 9
  [[ -d $base ]] || build_base
  [[ -n $output ]] || return 0
  work=$(mktemp -d "$stylus_cache/generic-installer.XXXXXX")
  trap 'rm -rf "$work" "$output.partial"' EXIT
  assemble_iso
  mv -f "$output.partial" "$output"
}

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

parse_arguments() {
  while (($# > 0)); do
    case $1 in
      --output | --variant) (($# > 1)) || die "$1 needs a value" ;;&
      --output) output=$2 ;;
      --variant) variant=$2 ;;
      *)
        usage >&2
        die "unknown argument $1"
        ;;
    esac
    shift 2
  done
  [[ $variant =~ ^(default|silent|waits|silent-waits)$ ]] || die "unknown variant $variant"
}

# ---- the system: for the live system and for the disk --------------------------------------------

packages=(
  systemd-sysv dbus udev cloud-init openssh-server
  linux-image-amd64 initramfs-tools busybox
  grub-pc-bin grub-efi-amd64-bin grub2-common
  e2fsprogs dosfstools fdisk
)

build_base() {
  local part=$base.part options=() pattern
  rm -rf "$part"
  mkdir -p "$part"
  # None of it is needed to boot and to log in, and it would be most of the bytes.
  for pattern in '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' '/usr/share/i18n/*' \
    '/usr/share/info/*' '/usr/share/lintian/*' '/usr/lib/udev/hwdb.d/*' \
    '/lib/modules/*/kernel/*' '/usr/lib/grub/*/*.module'; do
    options+=(--dpkgopt="path-exclude=$pattern")
  done
  while read -r pattern; do
    options+=(--dpkgopt="path-include=/lib/modules/*/kernel/$pattern")
  done < <(grep -v '^#' "$here/modules.txt")

  mmdebstrap --quiet --variant=minbase --mode=auto --include="${packages[*]}" \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --aptopt='APT::Install-Recommends "false"' "${options[@]}" \
    --essential-hook="mkdir -p \"\$1/etc/initramfs-tools/conf.d\" && cp '$here/root/initramfs.conf' \"\$1/etc/initramfs-tools/conf.d/generic\"" \
    --customize-hook="'$here/root/customize.sh' \"\$1\" '$here' '$part'" \
    bookworm /dev/null "$(package_sources)" >&2
  mv "$part" "$base"
}

# This machine's own sources, with its security updates, or Debian's archive.
package_sources() {
  local found=/etc/apt/sources.list.d/debian.sources
  if [[ -e $found ]]; then echo "$found"; else echo http://deb.debian.org/debian; fi
}

# ---- the ISO -----------------------------------------------------------------------------------

grub_modules=(part_gpt part_msdos iso9660 fat search search_label normal configfile linux echo serial terminal)

assemble_iso() {
  local iso=$work/iso
  mkdir -p "$iso/boot/grub" "$iso/live"
  ln "$base"/{vmlinuz,initrd.img,filesystem.squashfs} "$iso/live/"
  write_menu >"$iso/boot/grub/grub.cfg"
  make_boot_loaders
  find "$iso" -type d -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
  xorriso -as mkisofs -quiet -o "$output.partial" -V GENERIC_LIVE -r -J -iso-level 3 \
    -b boot/grub/eltorito.img -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
    -eltorito-alt-boot -e boot/grub/efi.img -no-emul-boot "$iso"
}

write_menu() {
  local arguments="boot=generic init=/usr/lib/generic-installer/install" consoles="console=tty0 console=ttyS0,115200"
  if [[ $variant == silent* ]]; then
    consoles="console=tty0"
  else
    printf 'serial --unit=0 --speed=115200\nterminal_input console serial\nterminal_output console serial\n'
  fi
  [[ $variant == *waits ]] && arguments+=" generic.waits"
  cat <<END
set default=0
set timeout=1
menuentry "Install Debian with cloud-init" {
  linux /live/vmlinuz $arguments $consoles
  initrd /live/initrd.img
}
END
}

make_boot_loaders() {
  local grub=$work/iso/boot/grub
  cat >"$work/find.cfg" <<'END'
search --no-floppy --set=root --label GENERIC_LIVE
set prefix=($root)/boot/grub
END
  grub-mkimage -d "$base/grub/i386-pc" -O i386-pc-eltorito -p /boot/grub -c "$work/find.cfg" \
    -o "$grub/eltorito.img" biosdisk "${grub_modules[@]}"
  grub-mkimage -d "$base/grub/x86_64-efi" -O x86_64-efi -p /boot/grub -c "$work/find.cfg" \
    -o "$work/BOOTX64.EFI" all_video "${grub_modules[@]}"
  truncate -s 4M "$grub/efi.img"
  mformat -i "$grub/efi.img" -N 57A0D1A6 ::
  mmd -i "$grub/efi.img" ::EFI ::EFI/BOOT
  mcopy -i "$grub/efi.img" "$work/BOOTX64.EFI" ::EFI/BOOT/
}

main "$@"
