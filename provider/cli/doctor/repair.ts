import { StylusError } from "../../base/errors";
import { waitForPackages } from "../../system/host/debian-packages";
import { searchPath } from "../../system/process/child";
import { note } from "../terminal/output";
import {
  commandLine,
  commandsForRoot,
  type HostFaults,
  type Remedy,
  type RootCommand,
} from "./remedies";

/** As long as apt-get itself waits for another one. */
const patienceMilliseconds = 600_000;

type Who = Pick<HostFaults, "rights" | "proxies">;
interface Step {
  readonly command: RootCommand;
  readonly code: Remedy["code"];
}

/** Runs every command in its order, each seen before it runs; the first that fails ends it. */
export async function repair(
  remedies: readonly Remedy[],
  who: Who,
  signal: AbortSignal,
): Promise<void> {
  const steps = remedies.flatMap(({ code, commands }) =>
    commands.map((command) => ({ command, code })),
  );
  const [first] = steps;
  if (first !== undefined && who.rights === "none") throw needsRoot(first, steps);
  for (const [index, { command, code }] of steps.entries()) {
    const line = commandLine(command, who);
    note(`$ ${line.join(" ")}`);
    if (["apt-get", "dpkg"].includes(command.argv[0] ?? "")) {
      await waitForPackages({ signal, milliseconds: patienceMilliseconds, note });
    }
    const fault = await runToEnd(line, signal);
    if (fault !== undefined) {
      throw notRepaired({ code, what: `\`${line.join(" ")}\` ${fault}.` }, steps.slice(index), who);
    }
  }
}

/** What went wrong, or nothing. */
async function runToEnd(
  [program = "", ...args]: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { execa } = await import("execa");
  const ended = await execa(program, args, {
    // Ordinary users, and root by a plain su, have no /usr/sbin there.
    env: { PATH: searchPath() },
    stdin: "inherit",
    // What a package manager says is for the person; standard output is ours.
    stdout: process.stderr,
    stderr: "inherit",
    reject: false,
    cancelSignal: signal,
  });
  if (!ended.failed) return undefined;
  if (ended.exitCode !== undefined) return `failed with exit code ${ended.exitCode}`;
  return ended.signal === undefined ? "could not be started" : `was ended by ${ended.signal}`;
}

function needsRoot({ code }: Step, steps: readonly Step[]): StylusError {
  return new StylusError(code, {
    what: "This user is not root, and there is no sudo here; nothing was done.",
    next: `Ask ${administrator(steps)}`,
  });
}

function notRepaired(
  { code, what }: { readonly code: Remedy["code"]; readonly what: string },
  left: readonly Step[],
  { rights }: Who,
): StylusError {
  const again = "Mend that and run this again.";
  return new StylusError(code, {
    what,
    why: installs(left[0]) ? `${said} ${unknownPackage}` : said,
    next:
      rights === "sudo"
        ? `${again} Where this user may not use sudo, ask ${administrator(left)}`
        : again,
  });
}

const installs = (step: Step | undefined): boolean =>
  step?.command.argv.slice(0, 2).join(" ") === "apt-get install";

const said = "Its own message stands above.";
const unknownPackage =
  "Where it does not find xorriso: Ubuntu 22.04 has that in its component universe.";

const administrator = (steps: readonly Step[]): string =>
  `an administrator of this machine to run, as root: ${commandsForRoot(steps.map(({ command }) => command))}`;
