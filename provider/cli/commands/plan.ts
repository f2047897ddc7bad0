import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { maskSettings } from "../../plan/ovf/settings";
import type { BuildRequest } from "../../plan/plan";
import { outlineUserData } from "../../plan/user-data/outline";
import { parseUserData } from "../../plan/user-data/read";
import { defaultCacheDirectory } from "../../system/workspace";
import { prepare } from "../input/prepare";
import type { ImageOptions } from "../options/image";
import { cancellable } from "../terminal/cancellable";
import { note, printJson, printLines, warn } from "../terminal/output";
import { describePlan, keyIsPending } from "./describe-plan";

/** Prints what `build` would build. */
export async function plan(options: ImageOptions): Promise<void> {
  const request = await cancellable(
    (signal) =>
      withTemporaryCache((cacheDirectory) => prepare(options, { cacheDirectory, warn, signal })),
    note,
  );
  const userData = outlineUserData(parseUserData(request.userData).document);
  if (options.json === true) printJson(planDocument(request, userData));
  else
    printLines([
      ...describePlan(request.plan),
      "",
      "structure of the user-data:",
      userData.trimEnd(),
    ]);
}

/** A plan changes nothing: it works on a copy of the hashes and server answers that the cache remembers. */
async function withTemporaryCache<T>(work: (cacheDirectory: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-image-plan-"));
  try {
    for (const name of ["answers", "file-hashes"]) {
      const source = join(defaultCacheDirectory(), name);
      // Without them the plan only takes longer.
      await cp(source, join(folder, name), { recursive: true }).catch(() => undefined);
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
    ...(plan.installKey === undefined && { note: keyIsPending }),
    userData,
  };
}
