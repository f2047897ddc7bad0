import { parseImageSpec, requireSpec } from "../../schema/parse";
import type { Call, Data, ExistingResource } from "../handlers";
import { buildImage } from "./build";
import { releaseFormer } from "./former-targets";
import type { ImageResourceOptions } from "./options";
import { readOutputs } from "./outputs";

/** Builds an image, or adopts an existing one with the same install key. */
export async function createImage(
  call: Call,
  inputs: Data,
  options: ImageResourceOptions,
): Promise<ExistingResource> {
  const { parse = parseImageSpec } = options;
  return buildImage(call, { inputs, spec: requireSpec(parse(inputs)), old: undefined }, options);
}

/** Publishes missing artifacts, then releases the image at targets that are no longer in `publishTo`. */
export async function updateImage(
  call: Call,
  { id, outputs, newInputs: inputs }: ExistingResource & { readonly newInputs: Data },
  options: ImageResourceOptions,
): Promise<Data> {
  const { parse = parseImageSpec } = options;
  const old = readOutputs(outputs);
  const build = { inputs, spec: requireSpec(parse(inputs)), old: { id, outputs: old } };
  const updated = await buildImage(call, build, options);
  const { publishTo } = readOutputs(updated.outputs);
  return releaseFormer(call, old, { ...updated, publishTo }, options);
}
