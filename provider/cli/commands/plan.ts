import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { maskSettings } from "../../plan/ovf/settings";
import { imageId } from "../../plan/keys";
import type { BuildRequest, Plan } from "../../plan/plan";
import { maskUserData } from "../../plan/user-data/secrets";
import { parseUserData } from "../../plan/user-data/read";
import { formatSize } from "../../base/size";
import { defaultCacheDirectory } from "../../system/workspace";
import { cancellable } from "../terminal/run-watched";
import type { ImageOptions } from "../options/image";
import { note, printJson, printLines, warn } from "../terminal/output";
import { prepare } from "../input/prepare";

const keyComesLater =
  "The install key is known when the installer has been fetched: only its SHA-256 decides, and nothing pins it.";

/** Shows what `build` would build. */
export async function plan(options: ImageOptions): Promise<void> {
  const request = await cancellable(
    (signal) =>
      withThrowawayCache((cacheDirectory) => prepare(options, { cacheDirectory, warn, signal })),
    note,
  );
  const userData = maskUserData(parseUserData(request.userData).document);
  if (options.json === true) printJson(planDocument(request, userData));
  else
    printLines([
      ...describePlan(request.plan),
      "",
      "user-data, secrets masked:",
      userData.trimEnd(),
    ]);
}

/** Preparing remembers hashes and servers' answers; a plan reads what is remembered and leaves nothing. */
async function withThrowawayCache<T>(work: (cacheDirectory: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-image-plan-"));
  try {
    for (const remembered of ["answers", "file-hashes"]) {
      const source = join(defaultCacheDirectory(), remembered);
      // Without them it only takes longer.
      await cp(source, join(folder, remembered), { recursive: true }).catch(() => undefined);
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function planDocument({ plan }: BuildRequest, userData: string): Record<string, unknown> {
  return {
    plan: { ...plan, formats: plan.formats.map(maskSettings) },
    installKey: plan.installKey ?? null,
    requestKey: plan.requestKey ?? null,
    ...(plan.installKey === undefined && { note: keyComesLater }),
    userData,
  };
}

function describePlan(plan: Plan): string[] {
  const { installer, machine } = plan;
  const { source } = installer;
  const secureBoot = machine.secureBoot ? " with Secure Boot" : "";
  const row = (label: string, value: string): string => `${label.padEnd(14)}${value}`;
  return [
    ...describeKeys(plan).map(([label, value]) => row(label, value)),
    ...describeSource(source).map((text) => row("installer", text)),
    ...(installer.sha256 === undefined ? [] : [row("", `sha256 ${installer.sha256}`)]),
    ...(installer.validator === undefined ? [] : [row("", installer.validator)]),
    row("machine", `${machine.firmware}${secureBoot}, disk ${formatSize(machine.diskSize)}`),
    row("network", machine.network),
    row("accelerator", machine.accelerator),
    row("recipe", plan.recipe),
    ...plan.places.map(({ format, target }, index) =>
      row(index === 0 ? "publishes" : "", `${format} to ${target}`),
    ),
    row("verification", plan.verify.boot ? "disk is read, image is booted once" : "disk is read"),
  ];
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
    ["", keyComesLater],
  ];
}
