import type { FormatSpec } from "./formats";
import type { Firmware } from "./names";
import { formatSize, GiB } from "../base/size";
import { isRemote, placeOf, accepts, type TargetSpec } from "./targets/target";

interface CheckedMachine {
  readonly firmware: Firmware;
  readonly secureBoot: boolean;
  readonly diskSize: number;
}

/** What the rules look at, once each field by itself is right. */
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

/** What is wrong with fields that are right each by itself. */
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

/** An OVA is for the machine that the image is installed in. */
export function withMachineDefaults(
  format: FormatSpec,
  { machine }: { readonly machine: CheckedMachine },
): FormatSpec {
  if (format.type !== "ova") return format;
  const { firmware = machine.firmware, secureBoot = machine.secureBoot } = format;
  return { ...format, firmware, secureBoot };
}

/** What a VHD can hold. */
const largestVhd = 2040 * GiB;

function formatProblems(spec: RuleInput, format: FormatSpec, index: number): RuleProblem[] {
  const { formats, installer, adopt, machine } = spec;
  const problems: RuleProblem[] = [];
  const refuse = (message: string, ...path: string[]) => problems.push({ path, message });
  if (formats.findIndex(({ type }) => type === format.type) < index) {
    refuse(`repeats "${format.type}"`);
  }
  if (format.type === "iso" && installer?.kind === "generic") {
    refuse("needs a Kairos installer: where a generic one reads its configuration is not known");
  }
  const ova = withMachineDefaults(format, spec);
  if (ova.type === "ova" && ova.secureBoot === true && ova.firmware === "bios") {
    refuse('needs `firmware: "uefi"`; a BIOS has no Secure Boot', "secureBoot");
  }
  // Of an adopted image nobody knows the size.
  if (format.type === "vhd" && adopt === undefined && machine.diskSize > largestVhd) {
    refuse(
      `holds ${largestVhd / GiB} GiB at most, and the disk has ${machine.diskSize / GiB} GiB; leave it out, or make \`machine.diskSize\` smaller`,
    );
  }
  return [...problems, ...sendingProblems(spec, format)];
}

/** What a network of 1 Gbit/s takes five minutes for, however little of it is used. */
const largestUncompressed = 32 * GiB;

/** Formats as large as the disk itself that a target across a network takes. */
function sendingProblems(
  { adopt, machine, publishTo }: RuleInput,
  format: FormatSpec,
): RuleProblem[] {
  const isWhole = format.type === "vhd" || (format.type === "raw" && format.compression === "none");
  if (!isWhole || adopt !== undefined || machine.diskSize <= largestUncompressed) return [];
  if (!publishTo.some((target) => isRemote(target) && accepts(target, format.type))) return [];
  const smaller = `make \`machine.diskSize\` ${formatSize(largestUncompressed)} at most`;
  const [path, instead] =
    format.type === "vhd"
      ? [[], "publish it to a directory, take a compressed format (`qcow2`, `gce`) for that target"]
      : [["compression"], "take `zstd` or `gzip`, publish it to a directory"];
  const what = `would send all ${formatSize(machine.diskSize)} of the disk, holes as zeros, across a network`;
  return [{ path, message: `${what}; ${instead}, or ${smaller}` }];
}

/** Positions of targets that an earlier one names already. */
export function repeatedTargets(publishTo: readonly TargetSpec[]): number[] {
  const places = publishTo.map(placeOf);
  return [...places.keys()].filter((index) => places.indexOf(places[index] ?? "") < index);
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
    refuse("can lead to one artifact only; name one format in the target's `formats`", "tag");
  }
  if (
    target.type === "cdi" &&
    target.size !== undefined &&
    adopt === undefined &&
    target.size < machine.diskSize &&
    taken.some(needsDisk)
  ) {
    refuse(
      `is less than the disk, which has ${formatSize(machine.diskSize)}; leave it out, or make \`machine.diskSize\` smaller`,
      "size",
    );
  }
  if (target.type === "vsphere" && target.deploy !== undefined) {
    const isMade = formats.some(({ type }) => type === "ova");
    if (!isMade) refuse('makes a template of an OVA; add "ova" to `formats`', "deploy");
  }
  if (repeatedTargets(publishTo).includes(index)) {
    refuse("repeats a target; name all its formats in one entry");
  }
  if (target.formats === undefined && formats.length > 0 && taken.length === 0) {
    refuse(`can use none of \`formats\`: ${wantedAt(target)}`);
  }
  target.formats?.forEach((format, position) => {
    if (formats.some(({ type }) => type === format)) return;
    refuse(`names "${format}", which \`formats\` does not make`, "formats", position);
  });
  return problems;
}

/** What would help a target that takes only what its formats are good for. */
function wantedAt({ type }: TargetSpec): string {
  return type === "cdi"
    ? "add `qcow2`, or name in its own `formats` which of `raw`, `vmdk` and `iso` shall go there"
    : "add `ova` or `iso`, or `vmdk` for a datastore, or name in its own `formats` what shall only lie there";
}

function needsDisk({ type }: FormatSpec): boolean {
  return type !== "iso";
}
