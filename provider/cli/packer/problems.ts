import { readdir } from "node:fs/promises";
import type { BuildRequest } from "../../plan/plan";
import { StylusError, type InputProblem } from "../../base/errors";
import { invalidInput } from "../../schema/parse";
import type { ExportPackerOptions } from "./options";
import { formatNamesOf } from "../options/format";
import { systemFault } from "../options/files";

/** What `build` can do and a template cannot, as far as the options alone tell it. */
export function exportProblems(options: ExportPackerOptions): InputProblem[] {
  const problems: InputProblem[] = [];
  if (options.header !== undefined) {
    const reason = "cannot stand in a template; download the installer and give its path";
    problems.push({ path: "--header", reason });
  }
  if (formatNamesOf(options.format).includes("iso")) {
    const reason =
      "makes no iso of a disk: that is the installer with its configuration (`stylus-image build --format iso`)";
    problems.push({ path: "--format", reason });
  }
  return problems;
}

/** What would be read as something else: by QEMU, by JSON within its arguments, or by Packer. */
const meaningful = /[",\\\p{Cc}]|\{\{|\$\{|%\{/u;

/** The installer as a template can name it: by a place without secrets, and by its SHA-256. */
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
      "holds a user or a query, which are credentials and cannot stand in a template; download the installer and give its path";
    problems.push({ path: "--installer", reason });
  }
  if (meaningful.test(place)) {
    const reason = "holds a character that means something else in a template; rename it";
    problems.push({ path: "--installer", reason });
  }
  if (sha256 === undefined) {
    const reason =
      "is needed: a template says what the installer must be, and nothing tells it (--checksum-url does, too)";
    problems.push({ path: "--sha256", reason });
  }
  if (problems.length > 0 || sha256 === undefined) throw invalidInput(problems);
  return { place, sha256 };
}

/** Nothing of another's is overwritten, and a seed is not left beside a template of another plan. */
export async function requireVacant(folder: string): Promise<void> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return [];
    throw invalidInput([{ path: "--to", reason: `cannot be looked into: ${systemFault(thrown)}` }]);
  });
  if (names.length === 0) return;
  throw new StylusError("input.invalid", {
    what: `${folder} is not empty.`,
    why: "A template is written into a folder of its own.",
    next: "Name another folder with --to, or remove that one if it is an earlier export.",
  });
}
