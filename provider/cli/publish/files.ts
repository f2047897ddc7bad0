import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { nameWithoutFormat, detectFormat } from "../../formats/detect/detect";
import { isWholeDisk } from "../../plan/file-keys";
import type { FileKind } from "../../plan/formats";
import type { InputProblem } from "../../base/errors";
import { formatSize, GiB } from "../../base/size";
import { isRemote, takes, type TargetSpec } from "../../schema/targets/target";
import { nameProblems, plainName } from "../input/image";
import type { PublishOptions } from "../options/publish";
import { systemFault } from "../options/files";

/** A file that can be published, as it was when it was looked at. */
export interface ReadyFile {
  /** Absolute path. */
  readonly path: string;
  readonly name: string;
  readonly kind: FileKind;
  readonly sizeBytes: number;
  /** Of the disk in it, where that is known. */
  readonly diskSizeBytes: number | undefined;
  /** The targets that take it. */
  readonly targets: readonly TargetSpec[];
}

export interface ReadFiles {
  readonly files: readonly ReadyFile[];
  readonly problems: readonly InputProblem[];
}

/** Every file with what it is and where it goes, and everything that is wrong with any of them. */
export async function readFiles(
  paths: readonly string[],
  specs: readonly TargetSpec[],
  options: PublishOptions,
): Promise<ReadFiles> {
  const files: ReadyFile[] = [];
  const problems = options.name === undefined ? [] : nameProblems(options.name);
  for (const given of new Set(paths)) {
    const refuse = (reason: string) => problems.push({ path: given, reason });
    try {
      const path = resolve(given);
      const { size } = await stat(path);
      const recognised = await detectFormat(path, options.format);
      if ("problem" in recognised) {
        refuse(recognised.problem);
        continue;
      }
      const { kind, diskSizeBytes } = recognised;
      const name = options.name ?? plainName(nameWithoutFormat(given));
      const targets = specs.filter((spec) => takes(spec, kind.type));
      if (specs.length > 0 && targets.length === 0) {
        refuse(`is a ${kind.type}, which none of these targets can use`);
      }
      const sending = sendingProblem(kind, size, targets);
      if (sending !== undefined) refuse(sending);
      files.push({ path, name, kind, sizeBytes: size, diskSizeBytes, targets });
    } catch (thrown) {
      refuse(`cannot be read: ${systemFault(thrown)}`);
    }
  }
  return { files, problems: [...problems, ...idleTargets(files, specs), ...tagProblems(files)] };
}

/** What a network of 1 Gbit/s takes five minutes for, however little of it is used. */
const largestUncompressed = 32 * GiB;

function sendingProblem(
  kind: FileKind,
  size: number,
  targets: readonly TargetSpec[],
): string | undefined {
  if (!isWholeDisk(kind) || size <= largestUncompressed || !targets.some(isRemote))
    return undefined;
  return `would send all ${formatSize(size)} of the disk, holes as zeros, across a network; make a compressed format of it first (\`stylus-image convert --format qcow2\`)`;
}

function idleTargets(files: readonly ReadyFile[], specs: readonly TargetSpec[]): InputProblem[] {
  if (files.length === 0) return [];
  return specs.flatMap((spec, index) =>
    files.some(({ targets }) => targets.includes(spec))
      ? []
      : [{ path: `publishTo[${index}]`, reason: "can use none of these files" }],
  );
}

function tagProblems(files: readonly ReadyFile[]): InputProblem[] {
  const tagged = files.filter(({ targets }) =>
    targets.some((target) => target.type === "oci" && target.tag !== undefined),
  );
  return tagged.length > 1
    ? [{ path: "publishTo[0].tag", reason: "can lead to one file only" }]
    : [];
}
