import { readdir } from "node:fs/promises";
import { StylusError, type InputProblem } from "../../base/errors";
import type { BuildRequest } from "../../plan/plan";
import { invalidInput } from "../../schema/parse";
import { formatNamesOf } from "../input/format-options";
import { describeSystemError } from "../input/system-error";
import type { ExportPackerOptions } from "./options";

/** Options of `build` that a template cannot express. */
export function exportProblems(options: ExportPackerOptions): InputProblem[] {
  const problems: InputProblem[] = [];
  if (options.header !== undefined) {
    const reason = "cannot be part of a template; download the installer and give its path";
    problems.push({ path: "--header", reason });
  }
  if (formatNamesOf(options.format).includes("iso")) {
    const reason =
      "cannot make an iso from a disk: it contains the installer (`stylus-image build --format iso`)";
    problems.push({ path: "--format", reason });
  }
  return problems;
}

/** Characters with a meaning for QEMU, for JSON inside its arguments, or for Packer. */
const special = /[",\\\p{Cc}]|\{\{|\$\{|%\{/u;

/** The installer as a template can name it: a path or URL without secrets, and its SHA-256. */
export function requirePortable({ plan, installerUrl }: BuildRequest): {
  readonly place: string;
  readonly sha256: string;
} {
  const { source, sha256 } = plan.installer;
  if (source.type === "none" || source.type === "user-data") {
    throw new Error("an export installs something");
  }
  const place = source.type === "url" ? source.url : source.path;
  const problems: InputProblem[] = [];
  if (installerUrl !== undefined && installerUrl !== place) {
    const reason =
      "contains a user or a query, which are credentials and cannot be part of a template; download the installer and give its path";
    problems.push({ path: "--installer", reason });
  }
  if (special.test(place)) {
    const reason = "contains a character with a special meaning in a template; rename the file";
    problems.push({ path: "--installer", reason });
  }
  if (sha256 === undefined) {
    const reason =
      "is missing: a template needs the installer's SHA-256; give it, or --checksum-url";
    problems.push({ path: "--sha256", reason });
  }
  if (problems.length > 0 || sha256 === undefined) throw invalidInput(problems);
  return { place, sha256 };
}

/** Refuses a folder with files: an export overwrites nothing and mixes with no earlier one. */
export async function requireEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return [];
    const reason = `cannot be read: ${describeSystemError(thrown)}`;
    throw invalidInput([{ path: "--to", reason }]);
  });
  if (names.length === 0) return;
  throw new StylusError("input.invalid", {
    what: `${folder} is not empty.`,
    why: "A template is written to a folder of its own.",
    next: "Choose another folder with --to, or remove this one if it is an earlier export.",
  });
}
