import { fileURLToPath } from "node:url";
import { dirname } from "node:path";
import { targetId } from "../../schema/targets/identity";
import { parseImageSpec } from "../../schema/parse";
import type { Publication } from "../../schema/state";
import type { TargetSpec } from "../../schema/targets/target";
import type { Address } from "../../targets/addresses";
import type { Call, Data, DiffResult } from "../handlers";
import { currentAddress } from "./current-address";
import { diffInputs } from "./diff";
import type { ImageResourceOptions } from "./options";
import { readOutputs } from "./outputs";

/** The effect of new inputs, and of targets whose address is another one than in the outputs. */
export async function diffWithAddresses(
  call: Call,
  outputs: Data,
  newInputs: Data,
  options: ImageResourceOptions,
): Promise<DiffResult> {
  const difference = diffInputs(outputs, newInputs, options);
  if (difference.replaces.length > 0) return difference;
  const { parse = parseImageSpec } = options;
  const parsed = parse(newInputs);
  if (parsed.state !== "valid") return difference;
  const { artifacts, publishTo: before } = readOutputs(outputs);
  const reasons: string[] = [];
  for (const spec of parsed.spec.publishTo) {
    if (hasNewPublicUrl(spec, before)) continue;
    for (const artifact of artifacts.filter(({ target }) => target === targetId(spec))) {
      const now = await currentAddress(spec, artifact, { ...options, signal: call.signal });
      if (now !== undefined && isOther(now, artifact)) reasons.push(reason(artifact, now));
    }
  }
  if (reasons.length === 0) return difference;
  return { changes: true, replaces: [], reasons: [...difference.reasons, ...reasons] };
}

/** Whether `publicUrl` changed, which is a reason of its own. */
function hasNewPublicUrl(spec: TargetSpec, before: readonly TargetSpec[]): boolean {
  const old = before.find((candidate) => targetId(candidate) === targetId(spec));
  return old !== undefined && publicUrlOf(old) !== publicUrlOf(spec);
}

function publicUrlOf(spec: TargetSpec): string | undefined {
  return "publicUrl" in spec ? spec.publicUrl : undefined;
}

function isOther(now: Address, old: Address): boolean {
  return now.uri !== old.uri || now.url !== old.url;
}

function reason({ format, target, uri, url }: Publication, now: Address): string {
  const change =
    target.startsWith("directory:") && uri.startsWith("file:")
      ? `the folder is now ${folderOf(now.uri)}, and was ${folderOf(uri)}`
      : `the URL is now ${now.url}, and was ${url}`;
  return `The address of ${format} at ${target} changed: ${change}. Nothing is published again.`;
}

/** The folder of the target, which holds the image's folder. */
function folderOf(uri: string): string {
  return dirname(dirname(fileURLToPath(uri)));
}
