import { pause } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import { isJsonMap } from "../../base/json";
import { appendStep } from "../../plan/user-data/append-step";
import { readInstalledText } from "../../plan/user-data/read-installed";
import type { Console } from "../machine/console";
import { printOnPorts } from "./boot-proof";

type Lines = Pick<Console, "firstMatch" | "matches">;

/** The reports that the image's own configuration makes in a verification boot. */
export interface ConfigurationReports {
  readonly nonce: string;
  /** The stages that report, in the order in which a boot runs them. */
  readonly stages: readonly string[];
}

/** The stages of a boot. `network` may begin after everything else. */
const bootStages = ["rootfs", "initramfs", "fs", "boot", "network"].flatMap((name) => [
  `${name}.before`,
  name,
  `${name}.after`,
]);
/** These report even if the configuration does not have them: the first shows early that the file was loaded. */
const always: readonly string[] = ["initramfs", "boot"];

/**
 * The configuration with a report at the end of each stage of a boot, and not changed otherwise: the installed system
 * makes the reports only if it loads the file. Undefined if the text has no place for them.
 */
export function addReports(
  text: string,
  nonce: string,
): { readonly text: string; readonly reports: ConfigurationReports } | undefined {
  const { stages } = readInstalledText(text).document;
  const own = isJsonMap(stages) ? stages : {};
  const wanted = bootStages.filter((name) => name in own || always.includes(name));
  let longer = text;
  const reporting: string[] = [];
  for (const name of wanted) {
    const step = {
      name: `${nonce} ${name}`,
      commands: [printOnPorts(nonce, `stage ${name}`)],
    } as const;
    const next = appendStep(longer, name, step);
    if (next === undefined && name === "boot") return undefined;
    if (next === undefined) continue;
    longer = next;
    reporting.push(name);
  }
  return { text: longer, reports: { nonce, stages: reporting } };
}

/** Those stages of the image's own configuration that have reported so far. */
export function reportedStages(
  consoles: readonly Pick<Lines, "matches">[],
  { nonce, stages }: ConfigurationReports,
): readonly string[] {
  return stages.filter((stage) => {
    const line = new RegExp(`${nonce} stage ${stage.replace(".", "\\.")} ${nonce}`);
    return consoles.some((console) => console.matches(line));
  });
}

/** What a boot showed of the image's own configuration. */
export function loadedMessage(ran: readonly string[], { stages }: ConfigurationReports): string {
  const later = stages.filter((stage) => !ran.includes(stage));
  return [
    `The installed system loaded the image's configuration: it reported from the stages ${ran.join(", ")}.`,
    ...(later.length === 0 ? [] : [`Not reached until then: ${later.join(", ")}.`]),
  ].join(" ");
}

/**
 * Waits for the report of the stage `boot`; an error if `over` appears first, which is printed after that stage has
 * ended for every file.
 */
export async function ignoredConfigurationError(
  consoles: readonly Lines[],
  reports: ConfigurationReports,
  over: RegExp,
  signal: AbortSignal,
): Promise<StylusError | undefined> {
  for (;;) {
    // Before the question for the reports: what is printed between the two questions must not count as ignored.
    const isOver = consoles.some((console) => console.matches(over));
    if (reportedStages(consoles, reports).includes("boot")) return undefined;
    if (isOver) return ignored();
    await pause(250, signal);
  }
}

/**
 * The error for a system that came up to a login prompt and ran neither its own configuration nor that of the
 * verification; undefined if that is not what the console shows.
 */
export function nothingRunError(
  consoles: readonly Lines[],
  reports: ConfigurationReports,
): StylusError | undefined {
  const isUp = consoles.some((console) => console.matches(/login:/));
  return isUp && reportedStages(consoles, reports).length === 0 ? ignored() : undefined;
}

function ignored(): StylusError {
  return new StylusError("verify.configuration-ignored", {
    what: "The image came up, but its installed system did not load the image's configuration (/oem/90_custom.yaml).",
    why: "An installed system drops a whole file, and says so only in its journal, if one value in it has another type than the system's version expects.",
    next: "Run `journalctl -b | grep -i yip` in a machine of the image, or remove parts of the user-data until it is loaded; check the configuration on the installer's ISO too.",
  });
}
