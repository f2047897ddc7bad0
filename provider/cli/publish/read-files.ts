import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { nameWithoutFormat, detectFormat } from "../../formats/detect/detect";
import { isWholeDisk } from "../../plan/file-keys";
import type { FileKind } from "../../plan/formats";
import type { InputProblem } from "../../base/errors";
import { formatSize, GiB } from "../../base/size";
import { isRemote, accepts, type TargetSpec } from "../../schema/targets/target";
import { nameProblems, plainName } from "../input/image-name";
import type { Parsed } from "../input/parsed";
import { describeSystemError } from "../input/system-error";
import type { PublishOptions } from "./options";

/** A file that can be published. */
export interface ReadyFile {
  /** Absolute path. */
  readonly path: string;
  readonly name: string;
  readonly kind: FileKind;
  readonly sizeBytes: number;
  /** Size of the virtual disk that the file contains, if it is known. */
  readonly diskSizeBytes: number | undefined;
  /** The targets that accept its format. */
  readonly targets: readonly TargetSpec[];
}

/** Detects the format of every file and finds the targets that accept it. */
export async function readFiles(
  paths: readonly string[],
  specs: readonly TargetSpec[],
  options: PublishOptions,
): Promise<Parsed<readonly ReadyFile[]>> {
  const files: ReadyFile[] = [];
  const problems = options.name === undefined ? [] : nameProblems(options.name);
  for (const given of new Set(paths)) {
    const refuse = (reason: string) => problems.push({ path: given, reason });
    try {
      const path = resolve(given);
      const { size } = await stat(path);
      const detected = await detectFormat(path, options.format);
      if ("problem" in detected) {
        refuse(detected.problem);
        continue;
      }
      const { kind, diskSizeBytes } = detected;
      const name = options.name ?? plainName(nameWithoutFormat(given));
      const targets = specs.filter((spec) => accepts(spec, kind.type));
      if (specs.length > 0 && targets.length === 0) {
        refuse(`is a ${kind.type}, which none of these targets accepts`);
      }
      const upload = uploadProblem(kind, size, targets);
      if (upload !== undefined) refuse(upload);
      files.push({ path, name, kind, sizeBytes: size, diskSizeBytes, targets });
    } catch (thrown) {
      refuse(`cannot be read: ${describeSystemError(thrown)}`);
    }
  }
  return {
    value: files,
    problems: [...problems, ...unusedTargets(files, specs), ...tagProblems(files)],
  };
}

/** A network of 1 Gbit/s takes five minutes for this, however little of the disk is used. */
const largestUpload = 32 * GiB;

function uploadProblem(
  kind: FileKind,
  size: number,
  targets: readonly TargetSpec[],
): string | undefined {
  if (!isWholeDisk(kind) || size <= largestUpload || !targets.some(isRemote)) return undefined;
  return `would upload all ${formatSize(size)} of the disk, including its holes; convert it to a compressed format first (\`stylus-image convert --format qcow2\`)`;
}

function unusedTargets(files: readonly ReadyFile[], specs: readonly TargetSpec[]): InputProblem[] {
  if (files.length === 0) return [];
  return specs.flatMap((spec, index) =>
    files.some(({ targets }) => targets.includes(spec))
      ? []
      : [{ path: `publishTo[${index}]`, reason: "accepts none of these files" }],
  );
}

function tagProblems(files: readonly ReadyFile[]): InputProblem[] {
  const tagged = files.filter(({ targets }) =>
    targets.some((target) => target.type === "oci" && target.tag !== undefined),
  );
  return tagged.length > 1 ? [{ path: "publishTo[0].tag", reason: "can name one file only" }] : [];
}
