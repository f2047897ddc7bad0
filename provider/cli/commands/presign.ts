import { presignPublication } from "../../targets/presign";
import { findImage } from "../../resource/image/get";
import type { Call } from "../../resource/handlers";
import { readOutputs } from "../../resource/image/outputs";
import { StylusError } from "../../base/errors";
import { invalidInput } from "../../schema/parse";
import { defaultCacheDirectory } from "../../system/workspace";
import { cancellable } from "../terminal/run-watched";
import { targetInput } from "../input/target";
import type { PresignOptions } from "../options/image";
import { note, printLines, warn } from "../terminal/output";

/** Prints a URL that reads one artifact for a time, and nothing else: its end and warnings go to standard error. */
export async function presign(image: string, options: PresignOptions): Promise<void> {
  const { url, warning } = await cancellable((signal) => sign(image, options, signal), note);
  if (warning !== undefined) warn(warning);
  printLines([url]);
}

async function sign(image: string, options: PresignOptions, signal: AbortSignal) {
  const targets = targetInput(options, []);
  const [target] = targets;
  if (target === undefined || targets.length > 1 || target["type"] !== "s3") {
    throw invalidInput([{ path: "--to", reason: "names one s3://bucket/prefix" }]);
  }
  const context = { rootDirectory: process.cwd(), cacheDirectory: defaultCacheDirectory() };
  const call: Call = { urn: undefined, signal, log: quietLog };
  const found = await findImage(call, { id: image, outputs: { publishTo: [target] } }, context);
  const { artifacts, publishTo } = readOutputs(found.outputs);
  const artifact = artifacts.find(
    ({ format, target: place }) => format === options.format && place.startsWith("s3://"),
  );
  if (artifact === undefined) {
    throw new StylusError("input.invalid", {
      what: `The image ${image} has no ${options.format} there.`,
      why: `It has ${[...new Set(artifacts.map(({ format }) => format))].join(", ") || "nothing"}.`,
      next: "Name another --format, or publish this one with `stylus-image build`.",
    });
  }
  const wishes = { expiresIn: options.expires / 1000, target: publishTo[0] };
  return presignPublication(artifact, wishes, signal);
}

/** What is missing of the image is no matter of a signature; what cannot be found is an error. */
const quietLog: Call["log"] = {
  stage: () => undefined,
  status: () => undefined,
  info: note,
  warn,
};
