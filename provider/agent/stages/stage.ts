import type { Accelerator } from "../../schema/names";
import { durationsAt, type TimedStage } from "../../system/host/durations";
import { stage, type Build } from "../context";

/** What decides how long a stage takes on this host, as far as that is known before. */
export interface RememberedRun {
  readonly limitMinutes: number;
  readonly installerSha256: string | undefined;
  readonly accelerator: Accelerator;
}

/** A stage that does not know its own end: it is expected to take as long as earlier runs, and remembers how long it took. */
export async function rememberedStage<T>(
  build: Build,
  name: TimedStage,
  { limitMinutes, installerSha256, accelerator }: RememberedRun,
  work: (build: Build) => Promise<T>,
): Promise<T> {
  if (installerSha256 === undefined) return stage(build, name, limitMinutes, work);
  const durations = durationsAt(build.workspace.root, installerSha256, accelerator);
  const expectedSeconds = await durations.expected(name);
  const started = performance.now();
  const result = await stage(build, name, limitMinutes, work, expectedSeconds);
  await durations.add(name, (performance.now() - started) / 1000);
  return result;
}
