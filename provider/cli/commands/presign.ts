import { StylusError } from "../../base/errors";
import type { Call } from "../../resource/handlers";
import { findImage } from "../../resource/image/get";
import { readOutputs } from "../../resource/image/outputs";
import { invalidInput } from "../../schema/parse";
import { defaultCacheDirectory } from "../../system/workspace";
import { presignPublication } from "../../targets/presign";
import { parseTargets } from "../input/targets";
import { cancellable } from "../terminal/cancellable";
import { note, printLines, warn } from "../terminal/output";
import type { PresignOptions } from "./presign-options";

/** Prints a URL that gives temporary access to one artifact. Warnings go to standard error. */
export async function presign(image: string, options: PresignOptions): Promise<void> {
  const { url, warning } = await cancellable((signal) => sign(image, options, signal), note);
  if (warning !== undefined) warn(warning);
  printLines([url]);
}

async function sign(image: string, options: PresignOptions, signal: AbortSignal) {
  const { value: targets } = parseTargets(options, []);
  const [target] = targets;
  if (target === undefined || targets.length > 1 || target["type"] !== "s3") {
    throw invalidInput([{ path: "--to", reason: "must be one s3://bucket/prefix" }]);
  }
  const context = { rootDirectory: process.cwd(), cacheDirectory: defaultCacheDirectory() };
  const call: Call = { urn: undefined, signal, log };
  const found = await findImage(call, { id: image, outputs: { publishTo: [target] } }, context);
  const { artifacts, publishTo } = readOutputs(found.outputs);
  const artifact = artifacts.find(
    ({ format, target: place }) => format === options.format && place.startsWith("s3://"),
  );
  if (artifact === undefined) {
    throw new StylusError("input.invalid", {
      what: `The image ${image} has no ${options.format} in this bucket.`,
      why: `It has ${[...new Set(artifacts.map(({ format }) => format))].join(", ") || "nothing"}.`,
      next: "Choose another --format, or publish this one with `stylus-image build`.",
    });
  }
  const request = { expiresIn: options.expires / 1000, target: publishTo[0] };
  return presignPublication(artifact, request, signal);
}

/** Shows messages, but not the progress of the lookup. */
const log: Call["log"] = {
  stage: () => undefined,
  status: () => undefined,
  info: note,
  warn,
};
