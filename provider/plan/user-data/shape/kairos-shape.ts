import {
  anything,
  boolean,
  fields,
  integer,
  listOf,
  mapOf,
  openFields,
  scalar,
  text,
} from "./shape";
import type { Shape } from "./shape";
import { bundles, grubOptions, install } from "./install-shape";
import { accountAdvice, accountFields, stageNames, stages, stepFields } from "./stages";
import { stylus } from "./stylus-shape";

const user = fields(
  {
    ...accountFields,
    coreos_ssh_import_github: text,
    coreos_ssh_import_github_users: listOf(text),
    coreos_ssh_import_url: text,
  },
  {
    hint: "write `- name: NAME`; the user `default` of cloud-init does not exist in Kairos",
    advice: accountAdvice,
  },
);

const writtenFile = fields({
  path: text,
  content: text,
  encoding: text,
  owner: text,
  permissions: scalar("octal", 'write octal digits, such as "0644"'),
});

/** Keys that yip reads as cloud-init does (`pkg/schema/cloudinit`), with yaml.v3. */
const cloudInitKeys: Readonly<Record<string, Shape>> = {
  users: listOf(user, "write `- name: NAME` for each user, or put the map into a step of a stage"),
  ssh_authorized_keys: listOf(text, "put `- ` before each key"),
  hostname: text,
  write_files: listOf(writtenFile),
  milpa_files: listOf(writtenFile),
  runcmd: listOf(
    scalar("text", "Kairos takes a command only as one text; quote it if it contains `: `"),
    "put `- ` before each command",
  ),
  growpart: fields({ mode: text, devices: listOf(text) }, { hint: "write `devices: [/]`" }),
};

/** Keys of kairos-agent (`pkg/config/config.go`). */
const agentKeys: Readonly<Record<string, Shape>> = {
  install,
  config_url: text,
  options: mapOf(text),
  fail_on_bundles_errors: boolean,
  bundles,
  grub_options: grubOptions,
  env: listOf(text, "write `- NAME=value`"),
  debug: boolean,
  strict: boolean,
  "cloud-init-paths": listOf(text),
  "eject-cd": boolean,
  cosign: boolean,
  verify: boolean,
  "cosign-key": text,
  arch: text,
  "squash-compression": listOf(text),
  "squash-no-compression": boolean,
  "uki-max-entries": integer,
  "bind-pcrs": listOf(text),
  "bind-public-pcrs": listOf(text),
};

/** Keys of Kairos' other programs and providers. */
const otherKeys = [
  ...["upgrade", "reset", "platform", "fullcloudconfig", "kcrypt", "p2p", "vpn", "kubevip"],
  ...["k3s", "k3s-agent", "k0s", "k0s-worker", "kubeadm", "cluster", "provider", "role"],
  ...["webui", "branding", "network_token"],
];

/** Keys of cloud-init that Kairos ignores. */
const cloudInitOnly: Readonly<Record<string, string>> = {
  packages: "put it into a step of a stage: `packages: {install: [NAME]}`",
  package_update: "put `packages: {refresh: true}` into a step of a stage",
  package_upgrade: "put `packages: {upgrade: true}` into a step of a stage",
  bootcmd: "put the commands into a step of a stage, such as `stages.boot`",
  user: "write `users`",
  password: "write `passwd` of an account below `users`",
  chpasswd: "write `passwd` of an account below `users`",
  groups: "write `ensure_entities` in a step of a stage",
  ssh_pwauth: "write the file of sshd's configuration in a step of a stage",
  timezone: "write a command in a step of a stage",
  locale: "write a command in a step of a stage",
  ntp: "write `timesyncd` in a step of a stage",
  fqdn: "write `hostname`",
  mounts: "write a command in a step of a stage",
  power_state: "the build powers off the machine by itself",
  disk_setup: "write `layout` in a step of a stage",
  fs_setup: "write `layout` in a step of a stage",
  apt: "write a command in a step of a stage",
  ca_certs: "write the files in a step of a stage",
};

function adviceFor(names: Iterable<string>, advice: (name: string) => string) {
  return Object.fromEntries(Array.from(names, (name) => [name, advice(name)]));
}

const topKeys = { ...cloudInitKeys, ...agentKeys, name: text, stages, stylus };

const keysOfStepsOnly = Object.keys(stepFields).filter((key) => !(key in topKeys));

/** The whole user-data, as a Kairos installer and the system that it installs read it. */
export const kairosShape: Shape = openFields(
  { ...Object.fromEntries(otherKeys.map((key) => [key, anything])), ...topKeys },
  {
    advice: {
      ...adviceFor(keysOfStepsOnly, (key) => `put \`${key}\` into a step of a stage`),
      ...adviceFor(stageNames, (name) => `put it below \`stages\`: \`stages.${name}\``),
      ...cloudInitOnly,
    },
  },
);
