#!/usr/bin/env bash
# Builds the stand-in installer: an ISO made of Debian packages that behaves like a Kairos installer.
# README.md says what it does and lists every knob.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=
payload_size=8MiB
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/stand-in-installer
variant=default
user_data=
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1704067200}

usage() {
  cat <<END
Usage: ${0##*/} --output FILE.iso [--payload-size 8MiB] [--cache DIR]
       [--variant default|interactive|uki|embedded] [--user-data FILE]
END
}

main() {
  parse_arguments "$@"
  check_tools
  prepare_cache
  fetch_packages
  unpack_packages
  work=$(mktemp -d "$cache/build.XXXXXX")
  trap 'rm -rf "$work" "$output.partial"' EXIT
  if [[ $variant == uki ]]; then
    assemble_uki_tree
    write_uki_iso
  else
    assemble_boot_loaders
    assemble_initrd
    assemble_root
    assemble_iso_tree
    write_iso
  fi
  mv -f "$output.partial" "$output"
}

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

parse_arguments() {
  while (($# > 0)); do
    case $1 in
      -h | --help)
        usage
        exit 0
        ;;
      --output | --payload-size | --cache | --variant | --user-data)
        (($# > 1)) || die "$1 needs a value"
        ;;&
      --output) output=$2 ;;
      --payload-size) payload_size=$2 ;;
      --cache) cache=$2 ;;
      --variant) variant=$2 ;;
      --user-data) user_data=$2 ;;
      *)
        usage >&2
        die "unknown argument $1"
        ;;
    esac
    shift 2
  done
  [[ -n $output ]] || die "--output is needed"
  [[ $variant =~ ^(default|interactive|uki|embedded)$ ]] || die "unknown variant $variant"
  [[ $variant != embedded || -n $user_data ]] || die "--variant embedded needs --user-data FILE"
  [[ -z $user_data || -r $user_data ]] || die "cannot read $user_data"
  payload_bytes=$(numfmt --from=iec-i --suffix=B "$payload_size" 2>/dev/null | tr -d B) ||
    die "--payload-size is a size such as 8MiB or 2GiB, not $payload_size"
}

# ---------------------------------------------------------------------- tools

check_tools() {
  local missing=() pair
  for pair in apt-get:apt dpkg-deb:dpkg tar:tar perl:perl-base gzip:gzip openssl:openssl \
    mksquashfs:squashfs-tools xorriso:xorriso mformat:mtools mcopy:mtools grub-mkimage:grub-common \
    flock:util-linux; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  ((${#missing[@]} == 0)) && return
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  die "missing tools, install them with: apt-get install --no-install-recommends ${missing[*]}"
}

# ------------------------------------------------------------------- packages

packages=(
  busybox-static perl-base libyaml-libyaml-perl libyaml-0-2
  libc6 libcrypt1 libtinfo6 libreadline8
  e2fsprogs libext2fs2 libcom-err2 libblkid1 libuuid1
  fdisk libfdisk1 libsmartcols1 util-linux dosfstools
  grub-pc-bin grub-efi-amd64-signed shim-signed
)

# One build at a time changes the cache; the lock ends with the program.
prepare_cache() {
  mkdir -p "$cache/debs"
  cache=$(cd "$cache" && pwd)
  exec 9>"$cache/lock"
  flock 9
}

fetch_packages() {
  if [[ -s $cache/packages.lock ]] && (cd "$cache/debs" && sha256sum --quiet --status -c "$cache/packages.lock"); then
    return
  fi
  apt_options=(-o APT::Sandbox::User=root)
  download_packages || {
    # The machine's package lists are missing or out of date: fetch lists of our own.
    apt_options+=(-o "Dir::State=$cache/apt/state" -o Dir::State::status=/var/lib/dpkg/status
      -o "Dir::Cache=$cache/apt/cache" -o Debug::NoLocking=1)
    mkdir -p "$cache/apt/state/lists/partial" "$cache/apt/cache/archives/partial"
    apt-get "${apt_options[@]}" -qq update >&2 || true
    download_packages || die "the packages cannot be downloaded; see the messages of apt-get above"
  }
  (cd "$cache/debs" && sha256sum -- *.deb) >"$cache/packages.lock.new"
  mv "$cache/packages.lock.new" "$cache/packages.lock"
}

download_packages() {
  local kernel
  kernel=$(apt-cache "${apt_options[@]}" depends linux-image-amd64 2>/dev/null | awk '/Depends:/ { print $2; exit }')
  [[ -n $kernel ]] || return 1
  rm -f "$cache"/debs/*
  (cd "$cache/debs" && apt-get "${apt_options[@]}" -qq download "$kernel" "${packages[@]/%/:amd64}" >&2)
}

# What is needed of the packages, unpacked once for each set of versions and each list of modules.
unpack_packages() {
  local key
  key=$(cat "$cache/packages.lock" "$here/modules.txt" "$here/index-modules.pl" "${BASH_SOURCE[0]}" | sha256sum | cut -c -16)
  tree=$cache/tree-$key
  if [[ ! -d $tree ]]; then
    rm -rf "$cache"/tree-*
    mkdir -p "$tree.new"
    unpack_kernel "$tree.new"
    unpack_grub "$tree.new/grub"
    unpack_root "$tree.new/root"
    mv "$tree.new" "$tree"
  fi
}

# unpack PACKAGE FOLDER PATTERN...; of the kernel, PACKAGE is the beginning of the name.
unpack() {
  local package=$1 folder=$2 archive
  shift 2
  mkdir -p "$folder"
  archive=$(find "$cache/debs" -name "${package}_*.deb" -o -name "${package}-[0-9]*.deb")
  dpkg-deb --fsys-tarfile "$archive" |
    tar -x -C "$folder" --no-same-owner --keep-directory-symlink --wildcards "$@"
}

modules_for() {
  awk -v where="$1" '$1 == where { for (i = 2; i <= NF; i++) print $i }' "$here/modules.txt"
}

unpack_kernel() {
  local patterns
  mapfile -t patterns < <({ modules_for initrd && modules_for root; } | sed 's|.*|*/&.ko|')
  unpack linux-image "$1/kernel" './boot/vmlinuz-*' "${patterns[@]}"
  mv "$1"/kernel/boot/vmlinuz-* "$1/kernel/vmlinuz"
  perl "$here/index-modules.pl" "$1"/kernel/lib/modules/*
}

unpack_grub() {
  unpack grub-pc-bin "$1" './usr/lib/grub/i386-pc/*'
  unpack grub-efi-amd64-signed "$1" '*/grubx64.efi.signed'
  unpack shim-signed "$1" '*/shimx64.efi.signed'
}

unpack_root() {
  local root=$1 library applet
  mkdir -p "$root"/{usr/bin,usr/lib,usr/lib64}
  ln -s bin "$root/usr/sbin"
  ln -s usr/bin "$root/bin"
  ln -s usr/bin "$root/sbin"
  ln -s usr/lib "$root/lib"
  ln -s usr/lib64 "$root/lib64"

  unpack busybox-static "$root" ./bin/busybox
  unpack perl-base "$root" --exclude '*/unicore' ./usr/bin/perl './usr/lib/x86_64-linux-gnu/perl-base/*'
  unpack libyaml-libyaml-perl "$root" '*.pm' '*.so'
  unpack libc6 "$root" '*/ld-linux-x86-64.so.2' '*/libc.so.6' '*/libm.so.6'
  unpack e2fsprogs "$root" ./sbin/mke2fs ./sbin/resize2fs ./sbin/tune2fs ./sbin/e2fsck
  unpack fdisk "$root" ./sbin/sfdisk
  unpack util-linux "$root" ./usr/bin/partx
  unpack dosfstools "$root" ./sbin/mkfs.fat
  for library in libyaml-0-2 libcrypt1 libtinfo6 libreadline8 libext2fs2 libcom-err2 libblkid1 libuuid1 libfdisk1 libsmartcols1; do
    unpack "$library" "$root" '*/x86_64-linux-gnu/*.so*'
  done
  # busybox provides every command that no package above does.
  for applet in $("$root/bin/busybox" --list); do
    [[ -e $root/bin/$applet ]] || ln -s busybox "$root/bin/$applet"
  done
}

# -------------------------------------------------------------------- the ISO

assemble_boot_loaders() {
  local i386=$tree/grub/usr/lib/grub/i386-pc
  local modules=(biosdisk part_gpt part_msdos ext2 fat iso9660 search search_label search_fs_file
    normal configfile linux loopback test echo loadenv serial terminal minicmd ls cat sleep reboot halt)
  mkdir -p "$work/grub"
  grub-mkimage -d "$i386" -O i386-pc-eltorito -p /boot/grub2 -c "$here/grub/find-live.cfg" \
    -o "$work/grub/eltorito.img" "${modules[@]}"
  grub-mkimage -d "$i386" -O i386-pc -p /grub2 -c "$here/grub/find-state.cfg" \
    -o "$work/grub/core.img" "${modules[@]}"
  cp "$i386/boot.img" "$i386/boot_hybrid.img" "$work/grub/"

  # What grub-bios-setup would write for a core image at sector 2048: its first sector (boot.img,
  # offset 0x5c), no guessing of the boot drive (0x66), and where the rest of it follows (0x1f4).
  patch_file "$work/grub/boot.img" 0x5c '\x00\x08\x00\x00\x00\x00\x00\x00'
  patch_file "$work/grub/boot.img" 0x66 '\x90\x90'
  patch_file "$work/grub/core.img" 0x1f4 '\x01\x08\x00\x00\x00\x00\x00\x00'

  cp "$tree/grub/usr/lib/shim/shimx64.efi.signed" "$work/grub/shimx64.efi"
  cp "$tree/grub/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" "$work/grub/grubx64.efi"
}

patch_file() {
  printf '%b' "$3" | dd of="$1" bs=1 seek=$(($2)) conv=notrunc status=none
}

assemble_initrd() {
  local initrd=$work/initrd modules applet
  modules=$(cd "$tree/kernel" && echo lib/modules/*)
  mkdir -p "$initrd"/{bin,dev,proc,sys,run,sysroot,etc/modprobe.d,"$modules"}
  cp "$here/initrd/init" "$initrd/init"
  cp "$here/root/etc/modprobe.d/stand-in.conf" "$initrd/etc/modprobe.d/"
  cp "$tree/root/usr/bin/busybox" "$initrd/bin/"
  for applet in sh awk cat echo find findfs grep insmod losetup ls mkdir modprobe mount reboot sed sleep sort \
    switch_root tail tr umount usleep xargs; do
    ln -s busybox "$initrd/bin/$applet"
  done
  ln -s bin "$initrd/sbin"
  while read -r module; do
    find "$tree/kernel/$modules" -name "$module.ko" -exec cp {} "$initrd/$modules/" \;
  done < <(modules_for initrd)
  perl "$here/index-modules.pl" "$initrd/$modules"
  perl "$here/pack-initrd.pl" "$initrd" "$SOURCE_DATE_EPOCH" | gzip -9n >"$work/initrd.gz"
}

assemble_root() {
  local root=$work/root
  cp -a "$tree/root" "$root"
  cp -a "$here/root/." "$root/"
  cp -a "$tree/kernel/lib/modules" "$root/usr/lib/"
  mkdir -p "$root"/{boot,dev,proc,sys,run,tmp,root,home,oem,usr/local,usr/lib/stand-in/grub,usr/share/stand-in}
  cp "$tree/kernel/vmlinuz" "$root/boot/vmlinuz"
  cp "$work/initrd.gz" "$root/boot/initrd"
  cp "$here/grub/installed.cfg" "$work/grub/"{boot.img,core.img,shimx64.efi,grubx64.efi} "$root/usr/lib/stand-in/grub/"
  cp "$here/grub/find-state.cfg" "$root/usr/lib/stand-in/grub/esp.cfg"
  write_payload "$root/usr/share/stand-in/payload.bin"
  # The folder's own modes depend on how the repository was checked out.
  find "$root/etc" "$root/usr/lib/stand-in" "$root/usr/share" -type f ! -perm -u+x -exec chmod 644 {} +
  chmod 600 "$root/etc/shadow"

  env -u SOURCE_DATE_EPOCH mksquashfs "$root" "$work/rootfs.squashfs" -quiet -no-progress -noappend -all-root -no-xattrs \
    -comp lz4 -mkfs-time "$SOURCE_DATE_EPOCH" -all-time "$SOURCE_DATE_EPOCH" >/dev/null
}

# Bytes of four random bits each: they compress to about half, like a real system, and are the same
# in each build.
write_payload() {
  { openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null || true; } |
    { head -c "$payload_bytes" || true; } |
    tr '\000-\377' "$(printf 'abcdefghijklmnop%.0s' {1..16})" >"$1"
}

# A FAT image with the Secure Boot chain; its serial number and dates are fixed.
write_esp_image() {
  local image=$1 mib=$2
  truncate -s "${mib}M" "$image"
  mformat -i "$image" -N 57A0D1A5 -v "$3" ::
}

assemble_iso_tree() {
  local iso=$work/iso default=0
  [[ $variant == interactive ]] && default=2
  mkdir -p "$iso/boot/grub2" "$iso/EFI/BOOT"
  cp "$tree/kernel/vmlinuz" "$iso/boot/kernel"
  cp "$work/initrd.gz" "$iso/boot/initrd"
  mv "$work/rootfs.squashfs" "$iso/rootfs.squashfs"
  sed "s/@DEFAULT@/$default/" "$here/grub/iso.cfg" >"$iso/boot/grub2/grub.cfg"
  cp "$work/grub/eltorito.img" "$iso/boot/eltorito.img"
  cp "$work/grub/shimx64.efi" "$iso/EFI/BOOT/BOOTX64.EFI"
  cp "$work/grub/grubx64.efi" "$iso/EFI/BOOT/grubx64.efi"
  cp "$here/grub/find-live.cfg" "$iso/EFI/BOOT/grub.cfg"

  write_esp_image "$iso/boot/uefi.img" 8 COS_GRUB
  mmd -i "$iso/boot/uefi.img" ::EFI ::EFI/BOOT ::EFI/debian
  mcopy -i "$iso/boot/uefi.img" "$iso/EFI/BOOT/BOOTX64.EFI" "$iso/EFI/BOOT/grubx64.efi" ::EFI/BOOT/
  mcopy -i "$iso/boot/uefi.img" "$here/grub/find-live.cfg" ::EFI/debian/grub.cfg

  if [[ -n $user_data ]]; then
    mkdir -p "$iso/files-iso"
    cp "$user_data" "$iso/files-iso/config.yaml"
    chmod 644 "$iso/files-iso/config.yaml"
  fi
}

write_iso() {
  find "$work/iso" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  xorriso -as mkisofs -quiet -o "$output.partial" -V COS_LIVE -r -J -joliet-long -iso-level 3 \
    -b boot/eltorito.img -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
    --grub2-mbr "$work/grub/boot_hybrid.img" -partition_offset 16 \
    -append_partition 2 0xef "$work/iso/boot/uefi.img" -appended_part_as_gpt \
    -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot \
    "$work/iso"
}

# A Trusted Boot ISO as AuroraBoot writes it: everything is in efiboot.img. The EFI programs are
# there to be looked at, not to be run.
assemble_uki_tree() {
  local iso=$work/iso shim=$tree/grub/usr/lib/shim/shimx64.efi.signed
  mkdir -p "$iso/EFI/BOOT" "$iso/EFI/kairos" "$iso/loader/entries"
  cp "$shim" "$iso/EFI/BOOT/BOOTX64.EFI"
  cp "$shim" "$iso/EFI/kairos/norole.efi"
  printf 'default norole.conf\ntimeout 5\nconsole-mode max\neditor no\n' >"$iso/loader/loader.conf"
  printf 'title Stand-in (Trusted Boot)\nefi /EFI/kairos/norole.efi\n' >"$iso/loader/entries/norole.conf"
  [[ -z $user_data ]] || cp "$user_data" "$iso/config.yaml"

  write_esp_image "$work/efiboot.img" 16 EFIBOOT
  mcopy -i "$work/efiboot.img" -s "$iso/EFI" "$iso/loader" ::
  mv "$work/efiboot.img" "$iso/efiboot.img"
}

write_uki_iso() {
  find "$work/iso" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  xorriso -as mkisofs -quiet -o "$output.partial" -V UKI_ISO_INSTALL -r -J \
    -e efiboot.img -no-emul-boot -isohybrid-gpt-basdat "$work/iso"
}

main "$@"
