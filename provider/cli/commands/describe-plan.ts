import { formatSize } from "../../base/size";
import { imageId } from "../../plan/keys";
import type { Plan } from "../../plan/plan";

/** Printed in the place of the install key. */
export const keyIsPending =
  "The install key depends on the installer's SHA-256, which is known after the download. To know it before, pin the installer with --sha256 or --checksum-url.";

/** The plan as lines of text. */
export function describePlan(plan: Plan): string[] {
  const { installer, machine } = plan;
  const secureBoot = machine.secureBoot ? " with Secure Boot" : "";
  return [
    ...describeKeys(plan).map(([label, value]) => row(label, value)),
    ...describeSource(installer.source).map((text) => row("installer", text)),
    ...(installer.sha256 === undefined ? [] : [row("", `sha256 ${installer.sha256}`)]),
    ...(installer.validator === undefined ? [] : [row("", installer.validator)]),
    row("machine", `${machine.firmware}${secureBoot}, disk ${formatSize(machine.diskSize)}`),
    row("network", machine.network),
    row("accelerator", machine.accelerator),
    row("recipe", plan.recipe),
    ...plan.destinations.map(({ format, target }, index) =>
      row(index === 0 ? "publishes" : "", `${format} to ${target}`),
    ),
    row(
      "verification",
      plan.verify.boot ? "checks the disk, boots the image once" : "checks the disk",
    ),
  ];
}

function row(label: string, value: string): string {
  return `${label.padEnd(14)}${value}`;
}

function describeSource(source: Plan["installer"]["source"]): string[] {
  switch (source.type) {
    case "url":
      return [source.url];
    case "path":
      return [source.path];
    case "none":
    case "user-data":
      return [];
  }
}

function describeKeys(plan: Plan): (readonly [string, string])[] {
  if (plan.installKey !== undefined) {
    return [
      ["image", imageId(plan.name, plan.installKey)],
      ["install key", plan.installKey],
    ];
  }
  return [
    ["image", plan.name],
    ["request key", plan.requestKey ?? "none"],
    ["", keyIsPending],
  ];
}
