#!/usr/bin/env bash
# customize.sh ROOT SOURCE RESULT: called by mmdebstrap, as the root of ROOT. Adds the installer to the Debian in ROOT, and
# writes what an ISO is made of to RESULT.
set -euo pipefail
root=$1 source=$2/root result=$3

install -D -m 755 "$source/install" "$root/usr/lib/generic-installer/install"
install -m 755 "$source/initramfs-script" "$root/etc/initramfs-tools/scripts/generic"
cat "$source/initramfs-modules" >>"$root/etc/initramfs-tools/modules"
install -m 644 "$source/cloud.cfg" "$root/etc/cloud/cloud.cfg.d/90-generic.cfg"
echo debian >"$root/etc/hostname"
# Their first runs would fall into the tests' boots.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
  fstrim.timer; do
  chroot "$root" systemctl mask --quiet "$unit"
done
# Each machine makes its own at its first boot.
: >"$root/etc/machine-id"
rm "$root"/etc/ssh/ssh_host_*
chroot "$root" update-initramfs -u

mkdir "$result/grub"
cp -L "$root/vmlinuz" "$root/initrd.img" "$result/"
cp -r "$root"/usr/lib/grub/{i386-pc,x86_64-efi} "$result/grub/"
mksquashfs "$root" "$result/filesystem.squashfs" -quiet -no-progress -noappend -no-xattrs -comp lz4 \
  -wildcards -e 'proc/*' 'sys/*' 'dev/*' 'run/*' 'tmp/*' 'var/cache/apt/*' 'var/lib/apt/lists/*' >/dev/null
