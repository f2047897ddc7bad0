import { StylusError } from "../../base/errors";
import { waitForPackages } from "../../system/host/debian-packages";
import { searchPath } from "../../system/process/child";
import { note } from "../terminal/output";
import { commandLine, commandsForRoot } from "./remedies";
import type { Remedy, RootAccess, RootCommand } from "./remedy";

/** As long as apt-get waits for the lock itself. */
const lockMilliseconds = 600_000;

interface Step {
  readonly command: RootCommand;
  readonly code: Remedy["code"];
}

/** Prints and runs every command in order; stops at the first that fails. */
export async function repair(
  remedies: readonly Remedy[],
  access: RootAccess,
  signal: AbortSignal,
): Promise<void> {
  const steps = remedies.flatMap(({ code, commands }) =>
    commands.map((command) => ({ command, code })),
  );
  const [first] = steps;
  if (first !== undefined && access.rights === "none") throw needsRoot(first, steps);
  for (const [index, { command, code }] of steps.entries()) {
    const line = commandLine(command, access);
    note(`$ ${line.join(" ")}`);
    if (["apt-get", "dpkg"].includes(command.argv[0] ?? "")) {
      await waitForPackages({ signal, milliseconds: lockMilliseconds, note });
    }
    const failure = await runCommand(line, signal);
    if (failure !== undefined) {
      const what = `\`${line.join(" ")}\` ${failure}.`;
      throw notRepaired({ code, what }, steps.slice(index), access);
    }
  }
}

/** Undefined if the command succeeded, else a phrase that says how it failed. */
async function runCommand(
  [program = "", ...args]: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { execa } = await import("execa");
  const result = await execa(program, args, {
    // The PATH of ordinary users, and of root after a plain su, lacks /usr/sbin.
    env: { PATH: searchPath() },
    stdin: "inherit",
    // Standard output is reserved for the report.
    stdout: process.stderr,
    stderr: "inherit",
    reject: false,
    cancelSignal: signal,
  });
  if (!result.failed) return undefined;
  if (result.exitCode !== undefined) return `failed with exit code ${result.exitCode}`;
  return result.signal === undefined ? "could not be started" : `was killed by ${result.signal}`;
}

function needsRoot({ code }: Step, steps: readonly Step[]): StylusError {
  return new StylusError(code, {
    what: "This user is not root and sudo is not installed; nothing was changed.",
    next: `Ask ${administrator(steps)}`,
  });
}

function notRepaired(
  { code, what }: { readonly code: Remedy["code"]; readonly what: string },
  remaining: readonly Step[],
  { rights }: RootAccess,
): StylusError {
  const next = "Correct the cause and run `stylus-image doctor --fix --yes` again.";
  return new StylusError(code, {
    what,
    why: installs(remaining[0]) ? `${seeOutput} ${packageHint}` : seeOutput,
    next:
      rights === "sudo"
        ? `${next} If this user may not use sudo, ask ${administrator(remaining)}`
        : next,
  });
}

const installs = (step: Step | undefined): boolean =>
  step?.command.argv.slice(0, 2).join(" ") === "apt-get install";

const seeOutput = "Its own message is printed above.";
const packageHint = "If it does not find xorriso: Ubuntu 22.04 has it in the component universe.";

const administrator = (steps: readonly Step[]): string =>
  `an administrator of this machine to run, as root: ${commandsForRoot(steps.map(({ command }) => command))}`;
