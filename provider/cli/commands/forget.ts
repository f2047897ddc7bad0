import { StylusError } from "../../base/errors";
import { recordPaths } from "../../plan/record";
import { forgetTarget } from "../../records/forgotten-targets";
import { readRecordedImage } from "../../records/record";
import { invalidInput } from "../../schema/parse";
import type { Publication } from "../../schema/state";
import type { TargetSpec } from "../../schema/targets/target";
import { defaultCacheDirectory } from "../../system/workspace";
import { commandOptions, localTargetId } from "../../targets/command-options";
import { directoryRecords } from "../../targets/directory/records";
import { openTarget } from "../../targets/open-target";
import { isListedFor } from "../../targets/target";
import { readTargets } from "../input/read-targets";
import { cancellable } from "../terminal/cancellable";
import { note, printJson, printLines } from "../terminal/output";
import type { ForgetOptions } from "./forget-options";
import { shortKeyOf } from "./image-key";

/** The files that stay at a target that a resource leaves without a removal. */
interface ForgottenPlace {
  readonly target: string;
  /** Publications that the local cache knows; there may be others. */
  readonly publications: readonly Publication[];
  /** Folder of the record at the target, with the marker of the owner; absent if the target keeps no records. */
  readonly record?: string;
  /** The options that name the target. */
  readonly options: string;
}

export async function forget(image: string, options: ForgetOptions): Promise<void> {
  const key = shortKeyOf(image);
  if (options.to === undefined) {
    throw new StylusError("input.invalid", {
      what: "`forget` needs the target.",
      next: "Give it by --to, as the message of Pulumi shows it.",
    });
  }
  const read = await readTargets(options);
  if (read.problems.length > 0) throw invalidInput(read.problems);
  const places = await cancellable(
    (signal) => Promise.all(read.value.map((spec) => forgetAt(key, spec, signal))),
    note,
  );
  if (options.json === true) printJson({ image: key, targets: places });
  else printLines(places.flatMap((place) => describe(key, place)));
}

async function forgetAt(
  key: string,
  spec: TargetSpec,
  signal: AbortSignal,
): Promise<ForgottenPlace> {
  const cacheDirectory = defaultCacheDirectory();
  const rootDirectory = process.cwd();
  const target = openTarget(spec, { rootDirectory, cacheDirectory });
  const cache = directoryRecords(cacheDirectory, "the local cache");
  const paths = await cache.list(recordPaths.all, signal);
  const keys = paths.flatMap((path) => /\/([0-9a-f]{64})\//.exec(path)?.[1] ?? []);
  const [installKey] = keys.filter((it) => it.startsWith(key));
  const known =
    installKey === undefined
      ? []
      : (await readRecordedImage(cache, installKey, signal)).publications;
  const place = localTargetId(spec, rootDirectory);
  await forgetTarget(cacheDirectory, { image: key, target: place });
  return {
    target: place,
    publications: known.filter((publication) => isListedFor(target, publication)),
    ...(target.capabilities.records !== undefined && {
      record: `.stylus-image/${installKey ?? `${key}...`}/`,
    }),
    options: commandOptions(spec, rootDirectory),
  };
}

function describe(
  key: string,
  { target, publications, record, options }: ForgottenPlace,
): string[] {
  return [
    `${target} is given up for the image ${key}. Nothing was removed. This stays there:`,
    ...publications.map(({ format, uri }) => `  ${format}  ${uri}`),
    ...(publications.length === 0
      ? [`  files in folders whose names end in -${key}; the local cache does not list them`]
      : []),
    ...(record === undefined ? [] : [`  record  ${record}`]),
    "The next `pulumi up` or `pulumi destroy` on this machine leaves the target if it cannot be reached.",
    ...(record === undefined
      ? []
      : [
          `If it is reachable again later, \`stylus-image owners ${key} ${options}\` lists the owners, and --give-up ends one.`,
        ]),
  ];
}
