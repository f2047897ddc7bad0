# Shared by the live and the installed system.
# shellcheck shell=sh disable=SC2034 # the scripts that read this file use its variables
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH

stand_in=/usr/lib/stand-in
log_file=/run/log/kairos-installer.log

# Every line goes to the log that the journalctl stand-in prints, to the serial port and to the screen.
say() {
  echo "stand-in: $*" >>"$log_file"
  echo "stand-in: $*" 2>/dev/null >/dev/ttyS0
  echo "stand-in: $*" 2>/dev/null >/dev/tty1
}

wait_for_ever() {
  say "waiting for ever"
  while :; do sleep 1000000; done
}

fail() {
  say "error: $*"
  wait_for_ever
}

is_live() {
  grep -q 'root=live:' /proc/cmdline
}

# Prints the value of the kernel argument $1.
kernel_argument() {
  tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p" | tail -n 1
}

# Loads the driver of every device that is there and links virtio-serial ports by name.
coldplug() {
  cat /sys/bus/pci/devices/*/modalias /sys/bus/virtio/devices/*/modalias /sys/bus/usb/devices/*/modalias \
    /sys/bus/acpi/devices/*/modalias 2>/dev/null | sort -u | xargs modprobe -a -b -q evdev 2>/dev/null
  mkdir -p /dev/virtio-ports
  for port in /sys/class/virtio-ports/*; do
    [ -s "$port/name" ] || continue
    ln -sf "../${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
  done
}

# Mounts the user-data CD on $1: a device labelled cidata or CIDATA, else any other CD with the file.
mount_seed() {
  mkdir -p "$1"
  for device in $(findfs LABEL=cidata 2>/dev/null) $(findfs LABEL=CIDATA 2>/dev/null) /dev/sr*; do
    [ -b "$device" ] || continue
    mount -t iso9660 -o ro "$device" "$1" 2>/dev/null || mount -t vfat -o ro "$device" "$1" 2>/dev/null || continue
    [ -n "$(seed_file "$1")" ] && return 0
    umount "$1"
  done
  return 1
}

seed_file() {
  for name in user-data config; do
    if [ -f "$1/$name" ]; then
      echo "$1/$name"
      return
    fi
  done
}

# The path of partition $2 of disk $1: /dev/vda5, /dev/nvme0n1p5.
partition_path() {
  case $1 in
    *[0-9]) echo "$1p$2" ;;
    *) echo "$1$2" ;;
  esac
}
