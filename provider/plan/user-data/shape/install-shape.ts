import {
  anything,
  boolean,
  fields,
  listOf,
  mapOf,
  openFields,
  scalar,
  text,
  textOrList,
} from "./shape";
import type { Shape } from "./shape";

/**
 * `install` as kairos-agent decodes it: first with yaml.v3 (`pkg/config/config.go`), then with mapstructure
 * (`InstallSpec` in `pkg/types/v1/config.go`). A value of the wrong type in the first makes the agent wait at a shell.
 */

const mebibytes = scalar(
  "unsigned",
  "write the size in MiB as a number without a unit, such as 10240",
);
const reference = scalar(
  "reference",
  "write `dir:/PATH`, `file:/PATH` or the name of a container image",
);

const partition = fields(
  {
    name: text,
    label: text,
    size: mebibytes,
    fs: text,
    flags: listOf(text),
    uuid: text,
    // Of these, Kairos only wants the type; it sets them itself.
    mountpoint: text,
    path: text,
    disk: text,
  },
  { hint: "write `size: 10240` below it", letterCase: "any" },
);

const image = fields(
  {
    label: text,
    size: mebibytes,
    fs: text,
    uri: reference,
    file: text,
    mountpoint: text,
    loopdevice: text,
  },
  { letterCase: "any" },
);

export const bundles: Shape = listOf(
  fields({
    repository: text,
    rootfs_path: text,
    db_path: text,
    local_file: boolean,
    targets: listOf(text),
  }),
);

export const grubOptions: Shape = mapOf(text, "write `NAME: value`, without `- `");

export const install: Shape = openFields(
  {
    auto: boolean,
    reboot: boolean,
    "no-format": boolean,
    device: text,
    poweroff: boolean,
    grub_options: grubOptions,
    bundles,
    encrypted_partitions: listOf(text),
    skip_copy_kcrypt_plugin: boolean,
    env: listOf(text),
    source: reference,
    ephemeral_mounts: listOf(text),
    bind_mounts: listOf(text),
    partitions: fields(
      {
        oem: partition,
        recovery: partition,
        state: partition,
        persistent: partition,
        efi: partition,
        bios: partition,
      },
      {
        hint: "write the name of a partition below it, such as `persistent`",
        advice: { efi: "its size is fixed", bios: "its size is fixed" },
        letterCase: "any",
      },
    ),
    system: image,
    "recovery-system": image,
    passive: image,
    "grub-entry-name": text,
    "extra-partitions": listOf(partition, "write `- name: NAME` and `size` for each partition"),
    "extra-dirs-rootfs": listOf(text),
    force: boolean,
    nousers: boolean,
    firmware: text,
    "part-table": text,
    iso: text,
    tty: text,
    "cloud-init": textOrList,
    grubconf: text,
    image: anything,
    ssh_hardening: anything,
    "skip-entries": anything,
  },
  { letterCase: "any" },
);
