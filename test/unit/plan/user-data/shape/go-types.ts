import type { Json } from "../../../../../provider/base/json";

/** The Go type of every field that yip 1.14.1 and kairos-agent 2.16.3 decode, written down from their source. */
export const goTypes: readonly (readonly [type: GoType, paths: string])[] = [
  ["string", "name hostname config_url cosign-key arch"],
  ["bool", "fail_on_bundles_errors debug strict eject-cd cosign verify squash-no-compression"],
  ["[]string", "ssh_authorized_keys runcmd env cloud-init-paths squash-compression bind-pcrs"],
  ["[]string", "bind-public-pcrs growpart.devices bundles[].targets install.bundles[].targets"],
  ["int", "uki-max-entries"],
  ["map", "options grub_options install.grub_options"],
  ["string", "growpart.mode bundles[].repository bundles[].rootfs_path bundles[].db_path"],
  ["bool", "bundles[].local_file install.bundles[].local_file"],
  ["string", "install.bundles[].repository install.bundles[].rootfs_path"],
  ["string", "install.bundles[].db_path"],
  ...["write_files[]", "milpa_files[]"].flatMap((file): [GoType, string][] => [
    ["string", `${file}.path ${file}.content ${file}.encoding ${file}.owner`],
    ["octal", `${file}.permissions`],
  ]),
  ...["users[]", "stages.boot[].users.NAME"].flatMap((user): [GoType, string][] => [
    ["string", `${user}.name ${user}.passwd ${user}.gecos ${user}.homedir ${user}.uid`],
    ["string", `${user}.primary_group ${user}.shell`],
    ["[]string", `${user}.ssh_authorized_keys ${user}.groups`],
    ["bool", `${user}.no_create_home ${user}.no_user_group ${user}.system`],
    ["bool", `${user}.no_log_init ${user}.lock_passwd`],
  ]),
  ["string", "users[].coreos_ssh_import_github users[].coreos_ssh_import_url"],
  ["[]string", "users[].coreos_ssh_import_github_users"],
  ["[]string", "stages.boot[].commands stages.boot[].modules"],
  ["string", "stages.boot[].files[].path stages.boot[].files[].content"],
  ["string", "stages.boot[].files[].encoding stages.boot[].files[].ownerstring"],
  ["uint32", "stages.boot[].files[].permissions stages.boot[].downloads[].permissions"],
  ["uint32", "stages.boot[].directories[].permissions"],
  ["int", "stages.boot[].files[].owner stages.boot[].files[].group"],
  ["string", "stages.boot[].downloads[].path stages.boot[].downloads[].url"],
  ["string", "stages.boot[].downloads[].ownerstring stages.boot[].directories[].path"],
  ["int", "stages.boot[].downloads[].owner stages.boot[].downloads[].group"],
  ["int", "stages.boot[].downloads[].timeout stages.boot[].directories[].owner"],
  ["int", "stages.boot[].directories[].group"],
  ["string", "stages.boot[].if stages.boot[].hostname stages.boot[].name stages.boot[].node"],
  ["string", "stages.boot[].environment_file stages.boot[].only_os stages.boot[].only_arch"],
  ["string", "stages.boot[].only_os_version stages.boot[].only_service_manager"],
  ["string", "stages.boot[].ensure_entities[].path stages.boot[].ensure_entities[].entity"],
  ["string", "stages.boot[].delete_entities[].path stages.boot[].delete_entities[].entity"],
  ["[]string", "stages.boot[].dns.nameservers stages.boot[].dns.search stages.boot[].dns.options"],
  ["string", "stages.boot[].dns.path stages.boot[].after[].name stages.boot[].datasource.path"],
  ["map", "stages.boot[].sysctl stages.boot[].environment stages.boot[].systemd_firstboot"],
  ["map", "stages.boot[].timesyncd"],
  ["[]string", "stages.boot[].authorized_keys.NAME stages.boot[].datasource.providers"],
  ["[]string", "stages.boot[].systemctl.enable stages.boot[].systemctl.disable"],
  ["[]string", "stages.boot[].systemctl.start stages.boot[].systemctl.mask"],
  ["string", "stages.boot[].systemctl.overrides[].service"],
  [
    "string",
    "stages.boot[].systemctl.overrides[].content stages.boot[].systemctl.overrides[].name",
  ],
  ["[]string", "stages.boot[].packages.install stages.boot[].packages.remove"],
  ["bool", "stages.boot[].packages.refresh stages.boot[].packages.upgrade"],
  ["string", "stages.boot[].unpack_images[].source stages.boot[].unpack_images[].target"],
  ["string", "stages.boot[].unpack_images[].platform"],
  ["string", "stages.boot[].layout.device.label stages.boot[].layout.device.path"],
  ["uint", "stages.boot[].layout.expand_partition.size"],
  ["uint", "stages.boot[].layout.add_partitions[].size"],
  ["string", "stages.boot[].layout.add_partitions[].fsLabel"],
  ["string", "stages.boot[].layout.add_partitions[].pLabel"],
  ["string", "stages.boot[].layout.add_partitions[].filesystem"],
  ["string", "stages.boot[].git.url stages.boot[].git.path stages.boot[].git.branch"],
  ["bool", "stages.boot[].git.branch_only stages.boot[].git.auth.insecure"],
  ["string", "stages.boot[].git.auth.username stages.boot[].git.auth.password"],
  ["string", "stages.boot[].git.auth.private_key stages.boot[].git.auth.public_key"],
  ["bool", "install.auto install.reboot install.no-format install.poweroff install.force"],
  ["bool", "install.skip_copy_kcrypt_plugin install.nousers"],
  ["string", "install.device install.grub-entry-name install.firmware install.part-table"],
  ["string", "install.iso install.tty install.grubconf"],
  ["string or []string", "install.cloud-init"],
  ["reference", "install.source"],
  ["[]string", "install.encrypted_partitions install.env install.ephemeral_mounts"],
  ["[]string", "install.bind_mounts install.extra-dirs-rootfs"],
  ...["oem", "recovery", "state", "persistent"]
    .map((name) => `install.partitions.${name}`)
    .concat("install.extra-partitions[]")
    .flatMap((partition): [GoType, string][] => [
      ["string", `${partition}.label ${partition}.fs ${partition}.uuid ${partition}.name`],
      ["string", `${partition}.mountpoint ${partition}.path ${partition}.disk`],
      ["uint", `${partition}.size`],
      ["[]string", `${partition}.flags`],
    ]),
  ...["install.system", "install.recovery-system", "install.passive"].flatMap(
    (image): [GoType, string][] => [
      ["string", `${image}.label ${image}.fs`],
      ["string", `${image}.file ${image}.mountpoint ${image}.loopdevice`],
      ["uint", `${image}.size`],
      ["reference", `${image}.uri`],
    ],
  ),
];

type GoType =
  | "string"
  | "[]string"
  | "string or []string"
  | "bool"
  | "int"
  | "uint"
  | "uint32"
  | "octal"
  | "reference"
  | "map";

/** Values that Go decodes into a type as they are written, and values that it refuses, cuts off or changes. */
export const samples: Readonly<Record<GoType, { right: readonly Json[]; wrong: readonly Json[] }>> =
  {
    string: { right: ["x", "", 8080, true, 1.5], wrong: [{ a: "b" }, ["x"], {}, 1234567.5] },
    "[]string": { right: [["x", 1, false]], wrong: ["x", 1, true, { a: "b" }, {}] },
    "string or []string": { right: ["x", ["x", 1]], wrong: [{ a: "b" }, {}] },
    bool: { right: [true, false], wrong: ["true", "yes", 1, {}, ["x"]] },
    int: { right: [0, -1, 1000], wrong: ["0", "root", 1.5, true, {}, [1]] },
    uint: { right: [0, 10240], wrong: ["10GiB", "10240", -1, 0.5, false, {}, [1]] },
    uint32: { right: [0, 420, 2 ** 32 - 1], wrong: ["0o644", "rw-r--r--", -1, 2 ** 32, {}, [1]] },
    octal: { right: ["0644", "644", ""], wrong: ["0o644", "0888", "rw", true, 420, {}, ["0644"]] },
    reference: {
      right: ["oci:quay.io/a/b:v1", "dir:/a", "file:/a", "docker:a", "registry.example:5000/a/b"],
      wrong: ["/a", "./a", "https://a.example/b", "A b", 1, true, {}, ["x"]],
    },
    map: {
      right: [{ A: "b", C: 1, D: true }, {}],
      wrong: ["A=b", ["A=b"], [{ A: "b" }], 1, true],
    },
  };
