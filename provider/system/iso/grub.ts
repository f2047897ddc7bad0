import { chooseDefault, type BootMenu } from "./boot-menu";
import { runGrubScript } from "./grub-run";
import { parseGrubScript } from "./grub-script";

/**
 * Reads a grub.cfg. It is a script: conditions on variables that it sets itself are decided, and of any other condition
 * all branches count. `saved` is what a `grubenv` on the ISO holds.
 */
export function parseGrubMenu(
  file: string,
  text: string,
  saved: ReadonlyMap<string, string> = new Map(),
): BootMenu {
  const { entries, variables, isComplete, startsEntry } = runGrubScript(
    parseGrubScript(text),
    saved,
  );
  const seconds = /^\d+/.exec(variables.get("timeout") ?? "")?.[0];
  const timeout = seconds === undefined ? undefined : Number(seconds);
  return {
    file,
    entries,
    defaultEntry: startsEntry ? chooseDefault(entries, variables.get("default") ?? "0") : undefined,
    timeout,
    waits: timeout === undefined && isComplete,
  };
}
