/**
 * Words of logs, messages and cloud-configs. They are not masked alone, although user-data contains them: a log without
 * them would say nothing. A password that is one of them is no secret.
 */
export const commonWords: ReadonlySet<string> = new Set(
  `
64 aarch64 aborted aborts absent absolute accelerator accelerators accept accepted accepts
access account acpi action active activity actual add address adds admin adopted adoption after
against agent alert algorithm aligned all allowed allows alma alpha alpine already also altered
although always amd64 amount and annotation annotations another answer answered answers any
anything append appender application applied apply applying apt archive are argument arguments
arm64 artifact artifacts atomic atomically attempt attempts attributes authentication authority
authorization authorized authorizer auto available awk background backing backup backups base64
basename bash basic batches bearer because becomes been before beginning begins behind belong
belongs benchmark beside beta between bigint bin bios bitmap blkid blockdev blocks boolean boot
bootable booted booting border boundary broken browser bucket buffer buffers builder builds
bundle bundles but button cached calico call called caller calls can cancel cancellable
cancellation cancelled candidate cannot canonical capabilities capacity cat catalogue centos
central certificate certificates cgroup challenge change changed changes character characters
chardev check checked checking checks checksum checksums children chmod choice choose chosen
chown chpasswd chrony chroot chunks cidata cilium client clients clocksource close closed
cluster clusters cmdline collection collector columns coming command commander commandline
commands common compare compared compares comparison complete completed compress compressed
compression compressor compute concurrency condition conditions config configs configuration
configurations configure configured configuring conflicts connect connected connection
connections console consoles constants contain container containerd containerdisk containers
contains content contents context contexts continue continues control controller controllers
conversion convert converted converts copied copies copy copying core coredns correct cos counts
cp cpu cpus create created creates creating credential credentials crictl critical crng crypto
cryptsetup ctr curl current cursor custom cut cylinders daemon daemons daily damage damaged dash
data datacenter datasource datastore date deadline debian debug debugfs decide decides decimal
decoded default defaults defect definitely deflate deflated deflater delete deleted deleting
delimiter depend depends deploy deployed deployment derived describe describes description
descriptor destination destinations detail details detected detects dev device devices df dhcp
dialect differ difference different differs dig digest digits directories directory dirname
disable disabled disabling disk dispatcher display distribution dnf dns docker doctor document
documentation domain done download downloaded downloading downloads dpkg driver drivers du
durable duration durations during e2fsck earlier echo edge effect efi either elapsed element
elsewhere emergency enable enabled enabling encoder encoding endpoint engine enough enter
entities entity entries envelope environment environmentfile error errors escape escapes
estimate estimated etc etcd ethernet events everything exactly examine example except exec
execreload execstart execstartpre execstop executable existing exists expand expect expected
expects expired expires explain explanations export exported exporter extends extension extent
extents external extract factor fail failed failure failures false faster fdisk fedora fields
figure file filename files filled finally find finding findings finish finished finishing
firewalld firmware firmwares fitness flannel fluentd folder folders follow follower follows
footer for foreign forking format formats former fragment frames from frontend fs fsck ftp
function further garbage gateway generate generator generic get gets git gpg grafana grains
graphical grep ground group grouped groups growpart grub guest guestinfo gunzip gzip halt halted
handle handler handlers hardware has hash hashed hashes hashing have head header headers health
height hello helm helper hexadecimal hidden holder home host hostname hostnamectl hosts hour
hourly hours how http https identical identifies identity identitytoken ignore ignored ignores
image images immutable import including incomplete infinity info inherit init initialized
initializing initramfs inline inputs insecure inside inspect inspected inspection inspects
install installation installed installer installers installing installs instance instead
interactive interface interfaces internal interrupted into invalid inventory ip iptables iscsi
iso isolated item items iterable its itself joined journal journalctl journald jq k0s k3s kairos
kernel key keyboard keymap keys kill killed killer kind kubeadm kubeconfig kubectl kubelet
kubernetes kvm label labels larger largest latest layers layout leader leap leaves length
letters level lib libdeflate library lifetime limited limits line lines link links linux list
listed listen listener listeners listening listing literal little ln load loaded loader loading
loads local localdomain locale localectl localhost location locked logging login logind logins
longer longest longhorn lookup lookups losses ls lsblk lsilogic lvcreate lvm machine machines
made make makes managed manifest margin marker markers markup masked master matches material
meaning meanwhile measured megabytes member members memory merged merges message messages
metadata metallb method metrics microos milliseconds minimum minute minutes missing mkdir mkfs
mnt mode modification modified modprobe module modules moment monitor monitoring monthly more
most mount mounted mounting move multi multipath multiple mv name names nameserver nameservers
namespace nc nearest needed neither netcat netmask netplan network networkd networking
networkmanager newest nftables nmcli nobody node none noninteractive not nothing notice notify
npm nslookup ntp null number numbers numeric nvme object objects oem offset ok oldest on oneshot
onfailure online only open opened openssl opensuse operation opt option options origin others
otherwise outcome outgoing output outputs outside overflow overlay overwrite overwrites owner
owners ownership package packages packed packer packing padding page palette panic panicked
parameters parent parents parsed parses parted partial partition partitions pass passive
passphrase passwd password passwords path pathname paths pattern pci pending percent performance
period perl permissions permit persistency persistent photon pieces ping pinned pip placed
placement places plane planned platform please plugin podman points policy populated port ports
position powered poweroff powers pre prefix prepare present presign presigned press preview
previous primary primitives printed prints private problem problems proc process processes
processor product profile program programs progress project prometheus promise promises
properties property protocol provider providers proxies ps public publication publications
publish published publishes publishing pulumi purpose put pvcreate pvscsi python qemu
quarantined question quoted quotes ran random ranges reached reaching read readable readdir
reader readers reading readonly ready reason reasons reboot received recipe reconcile record
recorded recorder records recovery recursive redact redirect redirects reduced refcounts
reference references reflink refresh refusal refused refuses region register registered
registration registries registry regular reject rejected rejects relative release released
remainafterexit remaining remedies remedy remote removal remove removed removes removing rename
renames renewed repair repeat repeatable repeated repeats replace replaced replacement replaces
report reported reports repository request requested requests require required requiredby
requires rescue reserved reset resize2fs resolv resolve resolved resolves resource resources
respond response restart restartsec restic restore restored result results resume resumed
retrieve return returns reused reuses rhel rights rke2 rm rmdir rocky root rootfs rounded rounds
route rpm rsync rsyslog run runner running runs runtime sample samples san sata satisfied
satisfies save sbin scalar scheduler schema schemas scheme scopes scp scratch screen screenshot
screenshots script scsi sealed search sec second seconds secret secrets section sector sectors
sectorsize secure sed seed segment sender sentence serial server servers serves service services
session sessions set setpriv sets setting settings settled setup several severity sfdisk sftp
shell shortest showed shutdown sidecar signal signed simple size skipped skopeo sleep slower
smaller smp snap socket sockets something sort sorted source sparse special specification
spectro spectrocloud square squash squashfs srv ssh sshd stable stage stages stalled standard
stands start started starting starts static status stderr stdout stop stopped stopping stops
storage stored stores stream string strings strong structure stylus succeed succeeded succeeds
success successful sudo summary support supports surface surplus suse swap switch sync sys
sysctl syslog system systemctl systemd systems tables tail taint tar target targets tee template
templates temporary terminal terminating test tested testing tests text than that the themselves
then this thread throttle through thrown throws thumbprint time timedatectl timeline timeout
timeouts timer timers timesyncd timezone tls tmp tmpdir tmpfiles together token tokens top touch
trace tracked traefik traffic transfer transform trigger triggers true trusted trusting tty tty1
ttys0 tumbleweed type ubuntu udevadm udevd uefi umount unattended unchanged unclear uncompressed
undefined undeployed unfinished uniq unique unit units unknown unless unlink unloaded unmarked
unnamed unpack unreachable unset untrusted unusable unzip up update updated updates updating
upgrade upgraded upload uploaded uploading uploadproxy uploads usable usb use used user username
users uses usr validation validator values var variable variables vector verbose verdict
verification verified verifies verify verifying version versions vgcreate virtio virtual visible
vmlinuz vmware volume vsphere wait waited waiting wanted wantedby wants warn warning warnings
was weekly weight welcome wget when where whether which while who why will window wireless with
withheld within without wlan word words worker workers workingdirectory workspace world write
writes writing written x86 xargs xorriso xz yes yq yum zstd zypper
`
    .trim()
    .split(/\s+/),
);
