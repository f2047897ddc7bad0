import { targetId } from "./targets/identity";
import type { FormatSpec } from "./formats";
import type { Firmware } from "./names";
import { formatSize, GiB } from "../base/size";
import { isRemote, accepts, type TargetSpec } from "./targets/target";

interface CheckedMachine {
  readonly firmware: Firmware;
  readonly secureBoot: boolean;
  readonly diskSize: number;
}

/** The fields that the rules compare, each valid by itself. */
export interface RuleInput {
  readonly installer?: { readonly kind: string } | undefined;
  readonly adopt?: string | undefined;
  readonly machine: CheckedMachine;
  readonly formats: readonly FormatSpec[];
  readonly publishTo: readonly TargetSpec[];
}

export interface RuleProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

/** Problems of fields that are valid by themselves but not together. */
export function ruleProblems(spec: RuleInput): RuleProblem[] {
  return [
    ...spec.formats.flatMap((format, index) =>
      formatProblems(spec, format, index).map(({ path, message }) => ({
        path: ["formats", index, ...path],
        message,
      })),
    ),
    ...spec.publishTo.flatMap((target, index) =>
      targetProblems(spec, target, index).map(({ path, message }) => ({
        path: ["publishTo", index, ...path],
        message,
      })),
    ),
  ];
}

/** The format with the machine's firmware and Secure Boot, if it is an OVA that does not set its own. */
export function withMachineDefaults(
  format: FormatSpec,
  { machine }: { readonly machine: CheckedMachine },
): FormatSpec {
  if (format.type !== "ova") return format;
  const { firmware = machine.firmware, secureBoot = machine.secureBoot } = format;
  return { ...format, firmware, secureBoot };
}

/** Largest disk of a VHD in bytes. */
const largestVhd = 2040 * GiB;

function formatProblems(spec: RuleInput, format: FormatSpec, index: number): RuleProblem[] {
  const { formats, installer, adopt, machine } = spec;
  const problems: RuleProblem[] = [];
  const refuse = (message: string, ...path: string[]) => problems.push({ path, message });
  if (formats.findIndex(({ type }) => type === format.type) < index) {
    refuse(`repeats "${format.type}"`);
  }
  if (format.type === "iso" && installer?.kind === "generic") {
    refuse(
      "needs a Kairos installer, because it is not known where a generic one reads its configuration",
    );
  }
  const ova = withMachineDefaults(format, spec);
  if (ova.type === "ova" && ova.secureBoot === true && ova.firmware === "bios") {
    refuse('needs `firmware: "uefi"`; a BIOS has no Secure Boot', "secureBoot");
  }
  // The disk size of an adopted image is not known here.
  if (format.type === "vhd" && adopt === undefined && machine.diskSize > largestVhd) {
    refuse(
      `holds at most ${largestVhd / GiB} GiB, and the disk has ${machine.diskSize / GiB} GiB; leave it out, or make \`machine.diskSize\` smaller`,
    );
  }
  return [...problems, ...transferProblems(spec, format)];
}

/** Bytes that take five minutes on a network of 1 Gbit/s. An uncompressed format sends the unused blocks too. */
const largestUncompressed = 32 * GiB;

/** A format as large as the disk itself, for a target across a network. */
function transferProblems(
  { adopt, machine, publishTo }: RuleInput,
  format: FormatSpec,
): RuleProblem[] {
  const isWhole = format.type === "vhd" || (format.type === "raw" && format.compression === "none");
  if (!isWhole || adopt !== undefined || machine.diskSize <= largestUncompressed) return [];
  if (!publishTo.some((target) => isRemote(target) && accepts(target, format.type))) return [];
  const smaller = `make \`machine.diskSize\` at most ${formatSize(largestUncompressed)}`;
  const [path, instead] =
    format.type === "vhd"
      ? [[], "publish it to a directory, use a compressed format (`qcow2`, `gce`) for that target"]
      : [["compression"], "use `zstd` or `gzip`, publish it to a directory"];
  const what = `would send all ${formatSize(machine.diskSize)} of the disk, including unused blocks, across a network`;
  return [{ path, message: `${what}; ${instead}, or ${smaller}` }];
}

/** Positions of targets that repeat an earlier one. */
export function repeatedTargets(publishTo: readonly TargetSpec[]): number[] {
  const ids = publishTo.map(targetId);
  return [...ids.keys()].filter((index) => ids.indexOf(ids[index] ?? "") < index);
}

function targetProblems(
  { adopt, formats, machine, publishTo }: RuleInput,
  target: TargetSpec,
  index: number,
): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const refuse = (message: string, ...path: (string | number)[]) =>
    problems.push({ path, message });
  const taken = formats.filter(({ type }) => accepts(target, type));
  if (target.type === "oci" && target.tag !== undefined && taken.length > 1) {
    refuse("can refer to one artifact only; name one format in the target's `formats`", "tag");
  }
  if (
    target.type === "cdi" &&
    target.size !== undefined &&
    adopt === undefined &&
    target.size < machine.diskSize &&
    taken.some(needsDisk)
  ) {
    refuse(
      `is smaller than the disk, which has ${formatSize(machine.diskSize)}; leave it out, or make \`machine.diskSize\` smaller`,
      "size",
    );
  }
  if (target.type === "vsphere" && target.deploy !== undefined) {
    const isMade = formats.some(({ type }) => type === "ova");
    if (!isMade) refuse('makes a template from an OVA; add "ova" to `formats`', "deploy");
  }
  if (repeatedTargets(publishTo).includes(index)) {
    refuse("repeats a target; name all its formats in one entry");
  }
  if (target.formats === undefined && formats.length > 0 && taken.length === 0) {
    refuse(`can use none of \`formats\`; ${adviceFor(target)}`);
  }
  target.formats?.forEach((format, position) => {
    if (formats.some(({ type }) => type === format)) return;
    refuse(`names "${format}", which is not in \`formats\``, "formats", position);
  });
  return problems;
}

/** The formats to add for a target that accepts only what it can use. */
function adviceFor({ type }: TargetSpec): string {
  return type === "cdi"
    ? "add `qcow2`, or list `raw`, `vmdk` or `iso` in the target's own `formats`"
    : "add `ova` or `iso`, or `vmdk` for a datastore, or list formats that are only stored there in the target's own `formats`";
}

function needsDisk({ type }: FormatSpec): boolean {
  return type !== "iso";
}
