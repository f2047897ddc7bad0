import type { JsonMap } from "../../../../../provider/base/json";

const key =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPLcHb0uAfJ7+Q8+pVYzyQmPDHuAXjPW/jFzm0BOOJRF admin@example";
const hash = "$6$saltsaltsaltsalt$" + "a".repeat(86);
const admin = { passwd: hash, groups: ["admin", "sudo"], ssh_authorized_keys: [key] };

const step = (content: JsonMap, stage = "boot"): JsonMap => ({ stages: { [stage]: [content] } });

/** Cloud-configs as people write them for Kairos and Palette, all of them correct. */
export const everyday: readonly JsonMap[] = [
  {},
  step({ name: "Set up", commands: ["systemctl restart sshd", "echo done"] }),
  step({ commands: ["echo 'status: up'", 'test -f /a || touch "/a"'], if: "[ -e /etc/motd ]" }),
  step({ files: [{ path: "/etc/motd", content: "Welcome\nto the edge\n", permissions: 0o644 }] }),
  step({
    files: [
      { path: "/a", content: "aGk=", encoding: "base64", permissions: 0o600, owner: 0, group: 0 },
      { path: "/opt/run.sh", content: "#!/bin/sh\ndate\n", permissions: 0o755 },
    ],
  }),
  step({ files: [{ path: "/a", content: "x", permissions: "0644", ownerstring: "root:root" }] }),
  step({ directories: [{ path: "/var/lib/app", permissions: 0o755, owner: 1000, group: 1000 }] }),
  step({ users: { kairos: admin } }, "initramfs"),
  step({ users: { a: { ...admin, uid: 1001, shell: "/bin/bash", lock_passwd: true } } }),
  step({ hostname: "edge-{{ trunc 4 .MachineID }}" }, "initramfs"),
  step({ authorized_keys: { kairos: [key], root: [key, "github:someone"] } }, "network"),
  step({ dns: { nameservers: ["1.1.1.1", "8.8.8.8"], search: ["example.org"] } }, "network"),
  step({ environment: { HTTP_PROXY: "http://10.0.0.1:3128", RETRIES: 3, VERBOSE: true } }),
  step({ environment_file: "/etc/app.env", environment: { MODE: "edge" } }),
  step({ sysctl: { "vm.swappiness": 10, "net.ipv4.ip_forward": "1" } }),
  step({ modules: ["br_netfilter", "overlay"] }, "initramfs"),
  step({ systemctl: { enable: ["k3s"], disable: ["ufw"], start: ["sshd"], mask: ["apt-daily"] } }),
  step({ systemctl: { overrides: [{ service: "k3s", content: "[Service]\nNice=5\n" }] } }),
  step({ timesyncd: { NTP: "0.pool.ntp.org 1.pool.ntp.org" }, name: "clock" }),
  step({ systemd_firstboot: { keymap: "de", locale: "de_DE.UTF-8" } }),
  step({ packages: { install: ["vim"], remove: ["nano"], refresh: true, upgrade: false } }),
  step({ layout: { device: { label: "COS_STATE" }, expand_partition: { size: 0 } } }, "rootfs"),
  step({
    layout: {
      device: { path: "/dev/vda" },
      add_partitions: [{ fsLabel: "DATA", size: 1024, pLabel: "data", filesystem: "ext4" }],
    },
  }),
  step({
    git: { url: "https://git.example/x", path: "/opt/x", branch: "main", branch_only: true },
  }),
  step({
    downloads: [{ path: "/a", url: "https://a.example/b", permissions: 0o644, timeout: 10 }],
  }),
  step({ datasource: { providers: ["cdrom", "aws"], path: "/oem" } }, "rootfs.before"),
  step({ unpack_images: [{ source: "quay.io/a/b:1", target: "/opt/b", platform: "linux/amd64" }] }),
  step({ ensure_entities: [{ path: "/etc/group", entity: "kind: group\nname: app\n" }] }),
  step({ name: "b", after: [{ name: "a" }], commands: ["date"], only_os: "ubuntu.*" }),
  { stages: { "before-install": [{ commands: ["date"] }], "after-install": [{ name: "x" }] } },
  { hostname: "edge-1", users: [{ name: "kairos", ...admin }], ssh_authorized_keys: [key] },
  { write_files: [{ path: "/etc/motd", content: "Hi\n", permissions: "0644", owner: "root" }] },
  { runcmd: ["echo hello", "date"], growpart: { mode: "auto", devices: ["/"] } },
  { install: { bind_mounts: ["/var/lib/ceph"], grub_options: { extra_cmdline: "quiet" } } },
  { install: { partitions: { persistent: { size: 10240, fs: "ext4" }, oem: { size: 128 } } } },
  {
    install: {
      "extra-partitions": [{ name: "data", size: 2048, fs: "ext4", label: "DATA" }],
      "extra-dirs-rootfs": ["/data"],
      "grub-entry-name": "Edge",
    },
  },
  { install: { bundles: [{ targets: ["run://quay.io/a/b:1"], repository: "r" }], env: ["A=b"] } },
  { install: { system: { size: 4096 }, "recovery-system": { uri: "oci:quay.io/a/b:1" } } },
  { bundles: [{ targets: ["container://a"], rootfs_path: "/x", local_file: true }], debug: true },
  { grub_options: { saved_entry: "registration" }, options: { a: "b" }, env: ["A=b", "C=d"] },
  { p2p: { network_token: "t", role: "master", dns: true }, k3s: { enabled: true, args: ["-v"] } },
  { k0s: { enabled: true }, kubevip: { eip: "10.0.0.2", enable: true }, strict: true },
  {
    stylus: {
      managementMode: "central",
      site: {
        paletteEndpoint: "api.spectrocloud.com",
        edgeHostToken: "t0ken",
        tags: { city: "Berlin", rack: "7" },
        network: { httpProxy: "http://10.0.0.1:3128", noProxy: "10.0.0.0/8" },
      },
    },
    install: { grub_options: { extra_cmdline: "fips=1" } },
  },
  {
    stylus: { includeTui: true, localUI: { port: 5080 }, managementMode: "local" },
    stages: { initramfs: [{ users: { kairos: admin } }] },
  },
];
