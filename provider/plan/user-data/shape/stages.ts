import { boolean, fields, listOf, mapOf, openFields, scalar, text } from "./shape";
import type { Shape } from "./shape";

/**
 * Steps of a stage as yip 1.14 to 1.16 decode them (`pkg/schema/schema.go`). Names without a tag there are the field's
 * name in lower case: `ownerstring`.
 */

const owner = scalar(
  "integer",
  "write the number of the user, 0 for root, or `ownerstring: root:root`",
);
const plainOwner = scalar("integer", "write the number of the user, such as 0 for root");
const group = scalar("integer", "write the number of the group, such as 0 for root");
const mode = scalar("mode", "write 0644 without quotes in YAML, 0o644 in code");
const mebibytes = scalar(
  "unsigned",
  "write the size in MiB as a number without a unit, such as 10240",
);

const file = fields(
  {
    path: text,
    permissions: mode,
    owner,
    group,
    content: text,
    encoding: text,
    ownerstring: text,
  },
  { hint: "write `path`, `content` and `permissions`" },
);

const download = fields({
  path: text,
  url: text,
  permissions: mode,
  owner,
  group,
  timeout: scalar("integer", "write the number of seconds"),
  ownerstring: text,
});

const directory = fields({ path: text, permissions: mode, owner: plainOwner, group });

const entity = fields({ path: text, entity: text });

/** Fields of an account, in a stage and in the list at the top level. */
export const accountFields: Readonly<Record<string, Shape>> = {
  name: text,
  passwd: text,
  ssh_authorized_keys: listOf(text, "put `- ` before each key"),
  gecos: text,
  homedir: text,
  no_create_home: boolean,
  primary_group: text,
  groups: listOf(text, "write `[admin, sudo]`"),
  no_user_group: boolean,
  system: boolean,
  no_log_init: boolean,
  shell: text,
  lock_passwd: boolean,
  uid: text,
};

/** cloud-init's fields of an account that yip does not have. */
export const accountAdvice: Readonly<Record<string, string>> = {
  sudo: "an account in the groups `admin` and `sudo` is an administrator",
  plain_text_passwd: "write `passwd`",
  password: "write `passwd`",
  hashed_passwd: "write `passwd`",
  ssh_import_id: "write `ssh_authorized_keys: [github:NAME]`",
  home: "write `homedir`",
  gid: "write the name of the group as `primary_group`",
};

const packages = fields(
  { install: listOf(text), remove: listOf(text), refresh: boolean, upgrade: boolean },
  { hint: "write `install: [NAME]`" },
);

const systemctl = fields(
  {
    enable: listOf(text),
    disable: listOf(text),
    start: listOf(text),
    mask: listOf(text),
    overrides: listOf(fields({ service: text, content: text, name: text })),
  },
  {
    hint: "write `enable: [UNIT]`",
    advice: { stop: "write a command", restart: "write a command", override: "write `overrides`" },
  },
);

const layout = fields({
  device: fields(
    { label: text, path: text },
    { hint: "write `path: /dev/DISK` or `label: LABEL` below it" },
  ),
  expand_partition: fields(
    { size: mebibytes },
    { hint: "write `size: 0` below it, which takes the rest of the disk" },
  ),
  add_partitions: listOf(
    fields({ fsLabel: text, size: mebibytes, pLabel: text, filesystem: text }),
  ),
});

const git = fields({
  auth: fields({
    username: text,
    password: text,
    private_key: text,
    insecure: boolean,
    public_key: text,
  }),
  url: text,
  path: text,
  branch: text,
  branch_only: boolean,
});

const namedValues = mapOf(text, "write `NAME: value`, without `- `");

/** The keys of a step. */
export const stepFields: Readonly<Record<string, Shape>> = {
  commands: listOf(text, "put `- ` before each command"),
  files: listOf(file),
  downloads: listOf(download),
  directories: listOf(directory, "write `- path: PATH` for each directory"),
  if: text,
  ensure_entities: listOf(entity),
  delete_entities: listOf(entity),
  dns: fields(
    { nameservers: listOf(text), search: listOf(text), options: listOf(text), path: text },
    { hint: "write `nameservers: [ADDRESS]` below it" },
  ),
  hostname: text,
  name: text,
  sysctl: namedValues,
  authorized_keys: mapOf(
    listOf(text, "put `- ` before each key"),
    "write the name of the user, and below it the list of keys",
  ),
  node: text,
  users: mapOf(
    fields(accountFields, {
      hint: "write `passwd` and `groups` below the name",
      advice: accountAdvice,
    }),
    "in a stage, the name of the user is the key: `users: {NAME: {groups: [admin]}}`",
  ),
  modules: listOf(text, "put `- ` before each module"),
  systemctl,
  environment: namedValues,
  environment_file: text,
  packages,
  unpack_images: listOf(fields({ source: text, target: text, platform: text })),
  after: listOf(fields({ name: text }, { hint: "write `name: STEP`" }), "write `- name: STEP`"),
  datasource: fields(
    { providers: listOf(text), path: text },
    { hint: "write `providers: [NAME]` below it" },
  ),
  layout,
  systemd_firstboot: namedValues,
  timesyncd: namedValues,
  git,
  only_os: text,
  only_os_version: text,
  only_arch: text,
  only_service_manager: text,
};

const stepAdvice: Readonly<Record<string, string>> = {
  runcmd: "write `commands`",
  run: "write `commands`",
  script: "write `commands`",
  write_files: "write `files`",
  ssh_authorized_keys: "write `authorized_keys: {USER: [KEY]}`",
  if_os: "write `only_os`",
  if_arch: "write `only_arch`",
  only_if_os: "write `only_os`",
  only_if_arch: "write `only_arch`",
};

const steps = listOf(
  fields(stepFields, { hint: "write `- name: STEP`, and its keys below", advice: stepAdvice }),
  "put `- ` before the first key of each step",
);

const phases = ["install", "upgrade", "reset"];
const baseStages = [
  ...["rootfs", "initramfs", "boot", "fs", "network", "reconcile"],
  ...phases.flatMap((phase) => [`before-${phase}`, `after-${phase}`, `after-${phase}-chroot`]),
  ...phases.flatMap((phase) => [`kairos-${phase}.pre`, `kairos-${phase}.after`]),
  ...phases.flatMap((phase) => [`kairos-uki-${phase}.pre`, `kairos-uki-${phase}.after`]),
];

/** The stages that Kairos runs. Before each and after each, it runs one with the suffix. */
export const stageNames: readonly string[] = baseStages.flatMap((name) => [
  name,
  `${name}.before`,
  `${name}.after`,
]);

/** Any other stage can be run by its name: `kairos-agent run-stage NAME`. */
export const stages: Shape = openFields(
  Object.fromEntries(stageNames.map((name) => [name, steps])),
  { others: steps, hint: "write the name of a stage below it, such as `boot`" },
);
