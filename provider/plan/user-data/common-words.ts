/**
 * Words of logs, messages and cloud-configs. They are not masked alone, although user-data contains them: a log without
 * them would say nothing. A password that is one of them is no secret.
 */
export const commonWords: ReadonlySet<string> = new Set(
  `
64 aarch64 aborted aborts absent absolute accelerator accelerators accept accepted accepts access
account acpi action active activity actual add addgroup address adds adduser admin adopted
adoption after against agent alert algorithm aligned all allowed allows alma alpha alpine already
also altered although always amd64 amount and annotation annotations another answer answered
answers any anything append appender application applied apply applying apt archive are argument
arguments arm64 artifact artifacts atomic atomically attempt attempts attributes authenticate
authentication authority authorization authorized authorizer auto available awk background backing
backup backups badpass banner base64 basename bash basic batches bearer because becomes been
before beginning begins behind belong belongs benchmark beside beta between bigint bin bios bitmap
blkid blockdev blocks boolean boot bootable booted booting border boundary broken browser bucket
buffer buffers builder builds bundle bundles but button cached calico call called caller calls can
cancel cancellable cancellation cancelled candidate cannot canonical capabilities capacity cat
catalogue centos central certificate certificates cgroup chage challenge change changed changes
character characters chardev check checked checking checks checksum checksums children chmod
choice choose chosen chown chpasswd chrony chroot chunks cidata cilium ciphers client clients
clocksource close closed cluster clusters cmdline collection collector columns coming command
commander commandline commands common compare compared compares comparison complete completed
compress compressed compression compressor compute concurrency condition conditions config configs
configuration configurations configure configured configuring conflicts connect connected
connection connections console consoles constants contain container containerd containerdisk
containers contains content contents context contexts continue continues control controller
controllers conversion convert converted converts copied copies copy copying core coredns correct
cos counts cp cpu cpus cracklib create created creates creating credential credentials crictl
critical crng crypto cryptsetup ctr curl current cursor custom cut cylinders daemon daemons daily
damage damaged dash data datacenter datasource datastore date deadline debian debug debugfs decide
decides decimal decoded default defaults defect definitely deflate deflated deflater delete
deleted deleting delimiter deluser depend depends deploy deployed deployment derived describe
describes description descriptor destination destinations detail details detected detects dev
device devices df dhcp dialect differ difference different differs dig digest digits directories
directory dirname disable disabled disabling disk dispatcher display distribution dnf dns docker
doctor document documentation domain done download downloaded downloading downloads dpkg driver
drivers du durable duration durations during e2fsck earlier echo edge editor effect efi either
elapsed element elsewhere emergency empty enable enabled enabling encoder encoding endpoint engine
enough enter entities entity entries env envelope environment environmentfile error errors escape
escapes estimate estimated etc etcd ethernet events everything exactly examine example except exec
execreload execstart execstartpre execstop executable existing exists expand expect expected
expects expired expires explain explanations export exported exporter extends extension extent
extents external extract factor fail failed faillock failure failures false faster fdisk fedora
fields figure file filename files filled finally find finding findings finish finished finishing
firewalld firmware firmwares fitness flannel fluentd folder folders follow follower follows footer
for foreign forking format formats former forwarding fragment frames from frontend fs fsck ftp
function further garbage gateway generate generator generic get gets git gpasswd gpg grafana
grains graphical grep ground group groupadd groupdel grouped groupmod groups growpart grub gssapi
guest guestinfo gunzip gzip halt halted handle handler handlers hardware has hash hashed hashes
hashing have head header headers health height hello helm helper hexadecimal hidden holder home
host hostbased hostname hostnamectl hosts hour hourly hours how http https identical identifies
identity identitytoken ignore ignored ignores image images immutable import including incomplete
infinity info inherit init initialized initializing initramfs inline inputs insecure inside
inspect inspected inspection inspects install installation installed installer installers
installing installs instance instead insults interactive interface interfaces internal interrupted
into invalid inventory ip iptables iscsi iso isolated item items iterable its itself joined
journal journalctl journald jq k0s k3s kairos kbd keep kernel kex key keyboard keymap keys kill
killed killer kind kubeadm kubeconfig kubectl kubelet kubernetes kvm label labels larger largest
latest layers layout leader leap leaves lecture length letters level lib libdeflate library
lifetime limited limits line lines link links linux list listed listen listener listeners
listening listing literal little ln load loaded loader loading loads local localdomain locale
localectl localhost location locked logfile logging login loginctl logind logins loglevel longer
longest longhorn lookup lookups losses ls lsblk lsilogic lvcreate lvm machine machines macs made
mailto make makes managed manifest margin marker markers markup masked master match matches
material meaning meanwhile measured megabytes member members memory merged merges message messages
metadata metallb method metrics microos milliseconds minimum minlen minute minutes missing mkdir
mkfs mnt mode modification modified modprobe module modules moment monitor monitoring monthly more
most mount mounted mounting move multi multipath multiple mv name names nameserver nameservers
namespace nc nearest needed neither netcat netmask netplan network networkd networking
networkmanager newest newgrp nftables nmcli no nobody node noexec nologin none noninteractive
nosetenv not nothing notice notify npm nslookup ntp null nullok number numbers numeric nvme object
objects obscure oem offset ok oldest on oneshot onfailure online only open opened openssl opensuse
operation opt option optional options origin others otherwise outcome outgoing output outputs
outside overflow overlay overwrite overwrites owner owners ownership package packages packed
packer packing padding page palette pam panic panicked parameters parent parents parsed parses
parted partial partition partitions pass passive passphrase passwd password passwords path
pathname paths pattern pci pending percent performance period perl permissions permit persistency
persistent photon pieces ping pinned pip placed placement places plane planned platform please
plugin podman points policy populated port ports position powered poweroff powers pre prefix
prepare present presign presigned press preview previous primary primitives printed printmotd
prints private problem problems proc process processes processor product profile program programs
progress prohibit project prometheus promise promises properties property protocol provider
providers proxies ps pty pubkey public publication publications publish published publishes
publishing pulumi purpose put pvcreate pvscsi pwquality python qemu quarantined question quoted
quotes ran random ranges reached reaching read readable readdir reader readers reading readonly
ready reason reasons reboot received recipe reconcile record recorded recorder records recovery
recursive redact redirect redirects reduced refcounts reference references reflink refresh refusal
refused refuses region register registered registration registries registry regular reject
rejected rejects relative release released remainafterexit remaining remedies remedy remote
removal remove removed removes removing rename renames renewed repair repeat repeatable repeated
repeats replace replaced replacement replaces report reported reports repository request requested
requests require required requiredby requirements requires requiretty requisite rescue reserved
reset resize2fs resolv resolve resolved resolves resource resources respond response restart
restartsec restic restore restored result results resume resumed retrieve retry return returns
reused reuses rhel rights rke2 rm rmdir rocky root rootfs rounded rounds route rpm rsync rsyslog
run runner running runs runtime sample samples san sata satisfied satisfies save sbin scalar
scheduler schema schemas scheme scopes scp scratch screen screenshot screenshots script scsi
sealed search sec second seconds secret secrets section sector sectors sectorsize secure sed seed
segment sender sentence serial server servers serves service services session sessions set setenv
setpriv sets setting settings settled setup several severity sfdisk sftp shell shortest showed
shutdown sidecar signal signed simple size skipped skopeo sleep slower smaller smp snap so socket
sockets something sort sorted source sparse special specification spectro spectrocloud square
squash squashfs srv ssh sshd stable stage stages stalled stamp standard stands start started
starting starts static status stderr stdout stop stopped stopping stops storage stored stores
stream strictmodes string strings strong structure stylus subsystem succeed succeeded succeeds
success successful sudo sudoers sufficient summary support supports surface surplus suse swap
switch sync sys sysctl syslog system systemctl systemd systems tables tail taint tar target
targets tcpkeepalive tee template templates temporary terminal terminating test tested testing
tests text than that the themselves then this thread throttle through thrown throws thumbprint
time timedatectl timeline timeout timeouts timer timers timestamp timesyncd timezone tls tmp
tmpdir tmpfiles together token tokens top touch trace tracked traefik traffic transfer transform
trigger triggers true trusted trusting tty tty1 ttys0 tumbleweed type ubuntu udevadm udevd uefi
umount unattended unchanged unclear uncompressed undefined undeployed unfinished uniq unique unit
units unix unknown unless unlink unloaded unlock unmarked unnamed unpack unreachable unset
untrusted unusable unzip up update updated updates updating upgrade upgraded upload uploaded
uploading uploadproxy uploads usable usb use used usepam user useradd userdel usermod username
users uses usr validation validator values var variable variables vector verbose verdict
verification verified verifies verify verifying version versions vgcreate virtio virtual visible
visiblepw visudo vmlinuz vmware volume vsphere wait waited waiting wanted wantedby wants warn
warning warnings was weekly weight welcome wget wheel when where whether which while who why will
window wireless with withheld within without wlan word words worker workers workingdirectory
workspace world write writes writing written x86 xargs xorriso xz yes yq yum zstd zypper
`
    .trim()
    .split(/\s+/),
);
