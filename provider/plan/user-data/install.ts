import type { InputProblem } from "../../base/errors";
import { isJsonMap, type Json, type JsonMap } from "../../base/json";
import { hasAdmin } from "./own-users";
import type { Part, PartInput } from "./part";
import { partitionProblems } from "./partition-sizes";

/** `install`, as it must be for an unattended install that ends with a power-off by the guest. */
export function installPart(input: PartInput): Part {
  switch (input.reader) {
    case "auto":
    case "kairos":
      return kairosPart(input);
    case "generic":
      return genericPart(input);
    case "site":
      return sitePart(input);
  }
}

/** The key that starts the installer. */
type Starter =
  /** Plain Kairos starts the install by itself if `auto` and `device` are given. */
  | "kairos"
  /** kairos-agent asks Palette's plug-in, but only if `auto` is not given. */
  | "palette";

function kairosPart({ own, palette, users = [], diskSize }: PartInput): Part {
  const starter: Starter = palette !== undefined || own.stylus !== undefined ? "palette" : "kairos";
  const hasNoAdmin = users.length === 0 && !hasAdmin(own);
  const install = {
    poweroff: true,
    reboot: false,
    ...(starter === "kairos" ? { auto: true, device: "auto" } : {}),
    // Without an administrator, Kairos 3.3 and later refuses to install and idles, unless `nousers` is set.
    ...(hasNoAdmin ? { nousers: true } : {}),
  };
  return {
    document: { install },
    problems: [
      ...ownInstallProblems(ownInstall(own), starter, hasNoAdmin),
      ...partitionProblems(ownInstall(own), diskSize),
    ],
    warnings: kairosWarnings(own, starter),
  };
}

/** cloud-init ignores keys that it does not know, so the power-off keys are given to every other installer. */
function genericPart({ own }: PartInput): Part {
  const canMerge = own.install === undefined || isJsonMap(own.install);
  const document: JsonMap = canMerge ? { install: { poweroff: true, reboot: false } } : {};
  return { document, problems: [], warnings: [] };
}

function sitePart({ own }: PartInput): Part {
  const warning = "userData.install is for an installer; an installed machine ignores it.";
  return { document: {}, problems: [], warnings: own.install === undefined ? [] : [warning] };
}

function ownInstall({ install }: JsonMap): JsonMap {
  return isJsonMap(install) ? install : {};
}

/** A value of the user's own `install` that would keep the install from ending by itself. */
interface InstallRule {
  readonly key: string;
  readonly isRefused: (value: Json | undefined) => boolean;
  readonly reason: string;
}

function ownInstallProblems(
  install: JsonMap,
  starter: Starter,
  hasNoAdmin: boolean,
): readonly InputProblem[] {
  const rules: readonly InstallRule[] = [
    {
      key: "reboot",
      isRefused: (value) => value === true,
      reason:
        "must not be true: the build waits for the power-off, and the installer prefers reboot to power-off; remove it",
    },
    {
      key: "poweroff",
      isRefused: (value) => value === false,
      reason: "must not be false: the build ends when the guest powers off; remove it",
    },
    {
      key: "auto",
      isRefused: (value) => value === false && starter === "kairos",
      reason:
        "must not be false: without it the installer waits for input at the console; remove it",
    },
    {
      key: "nousers",
      isRefused: (value) => value === false && hasNoAdmin,
      reason:
        "must not be false while no user is in group admin: the installer would wait for ever; give `users`, or remove it",
    },
    {
      key: "device",
      isRefused: (value) => value !== undefined && value !== "auto" && value !== "/dev/vda",
      reason:
        "names a disk that the build machine does not have: its only disk is virtio, /dev/vda; write auto or remove it",
    },
    {
      key: "encrypted_partitions",
      isRefused: (value) => value !== undefined,
      reason:
        "may bind the partitions to the TPM of the build machine, so that no other machine could open them; encrypt on the host",
    },
  ];
  return rules
    .filter(({ key, isRefused }) => isRefused(install[key]))
    .map(({ key, reason }) => ({ path: `userData.install.${key}`, reason }));
}

function kairosWarnings(own: JsonMap, starter: Starter): readonly string[] {
  const warnings: string[] = [];
  if (ownInstall(own).auto === true && starter === "palette") {
    warnings.push(
      "userData.install.auto starts the installer before it asks Palette's plug-in; leave it out for a Palette installer.",
    );
  }
  if (own.config_url !== undefined) {
    warnings.push(
      "userData.config_url is fetched inside the machine; its content is not part of the image's identity, and an isolated network does not reach it.",
    );
  }
  return warnings;
}
