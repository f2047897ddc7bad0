import type { InputProblem } from "../../base/errors";
import { isJsonList, isJsonMap, type JsonMap } from "../../base/json";
import { propertyPath } from "./merge";

/** How the installer is set going. */
export type Starter =
  /** Plain Kairos installs by itself when `auto` and `device` say so. */
  | "kairos"
  /** Palette's plug-in is asked by the agent, but only where `auto` does not come first. */
  | "palette";

/** `install` as it must be for an unattended install that ends with the guest's own power-off. */
export function installBlock(starter: Starter, nobodyLogsIn: boolean): JsonMap {
  return {
    poweroff: true,
    reboot: false,
    ...(starter === "kairos" ? { auto: true, device: "auto" } : {}),
    // Kairos from 3.3 on refuses to install without an administrator unless this is said, and then idles for ever.
    ...(nobodyLogsIn ? { nousers: true } : {}),
  };
}

/** What the user's own `install` must not say. `document` is the user's part alone. */
export function installProblems(
  document: JsonMap,
  starter: Starter,
  nobodyLogsIn: boolean,
): readonly InputProblem[] {
  const install = isJsonMap(document.install) ? document.install : {};
  const problems: InputProblem[] = [];
  const refuse = (key: string, reason: string) =>
    problems.push({ path: `userData.install.${key}`, reason });

  if (install.reboot === true) {
    refuse(
      "reboot",
      "must not be true: the build waits for the power-off, and the installer lets reboot win; remove it",
    );
  }
  if (install.poweroff === false) {
    refuse("poweroff", "must not be false: the build is done when the guest powers off; remove it");
  }
  if (install.auto === false && starter === "kairos") {
    refuse(
      "auto",
      "must not be false: without it the installer waits for somebody at the console; remove it",
    );
  }
  if (install.nousers === false && nobodyLogsIn) {
    refuse(
      "nousers",
      "must not be false while nobody is in group admin: the installer would wait for ever; give `users`, or remove it",
    );
  }
  if (install.device !== undefined && install.device !== "auto" && install.device !== "/dev/vda") {
    refuse(
      "device",
      "names a disk that the build machine does not have: its only disk is virtio, /dev/vda; write auto or remove it",
    );
  }
  if (install.encrypted_partitions !== undefined) {
    refuse(
      "encrypted_partitions",
      "may bind the partitions to the TPM of the build machine, so that no other could open them; encrypt on the host",
    );
  }
  return problems;
}

/** One stage of a wrong shape, and the installer drops every stage without a word that anybody sees. */
export function shapeProblems(document: JsonMap): readonly InputProblem[] {
  const maps = (["stages", "stylus"] as const)
    .filter((key) => document[key] !== undefined && !isJsonMap(document[key]))
    .map((key) => ({ path: `userData.${key}`, reason: "must be a map" }));
  const stages = isJsonMap(document.stages) ? Object.entries(document.stages) : [];
  const lists = stages
    .filter(([, steps]) => !isJsonList(steps) || !steps.every(isJsonMap))
    .map(([stage]) => ({
      path: propertyPath("userData.stages", stage),
      reason: "must be a list of maps, one for each step of the stage",
    }));
  return [...maps, ...lists];
}

export function installWarnings(document: JsonMap, starter: Starter): readonly string[] {
  const install = isJsonMap(document.install) ? document.install : {};
  const warnings: string[] = [];
  if (install.auto === true && starter === "palette") {
    warnings.push(
      "userData.install.auto lets the installer begin before Palette's plug-in is asked; leave it out for a Palette installer.",
    );
  }
  if (document.config_url !== undefined) {
    warnings.push(
      "userData.config_url is fetched inside the machine; what it serves is no part of the image's identity, and an isolated network does not reach it.",
    );
  }
  return warnings;
}
