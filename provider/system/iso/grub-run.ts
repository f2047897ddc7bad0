import type { BootEntry } from "./boot-menu";
import { decide } from "./grub-condition";
import { bootEntry, readOptions } from "./grub-entry";
import { literalDollar, type Choice, type Command, type Statement } from "./grub-script";

/** What a grub.cfg leaves behind. */
interface Outcome {
  readonly entries: readonly BootEntry[];
  readonly variables: ReadonlyMap<string, string>;
  /** Whether no other file is read, which could set anything, and no unknown command is run. */
  readonly isComplete: boolean;
  /** Whether the menu starts an entry: not if the script itself boots or leaves GRUB before the menu. */
  readonly startsEntry: boolean;
}

/** Set by GRUB itself or by the machine. */
const machineVariables = ["grub_platform", "grub_cpu", "root", "prefix", "cmdpath", "feature_net"];
/** Features that every GRUB of the last decade announces to its scripts. */
const features = ["timeout_style", "default_font_path", "menuentry_id", "menuentry_options"];

/** Commands that run another file. */
const otherFiles = new Set(["source", ".", "configfile", "normal"]);

/** Commands after which no menu is shown. */
const leaving = new Set(["boot", "exit", "halt", "reboot", "fwsetup", "normal_exit"]);

/** Other commands of a configuration's beginning. They start nothing, and the menu is shown after them. */
const harmless =
  /^(?:|\[|test|true|false|echo|cat|ls|clear|sleep|read|export|save_env|insmod|rmmod|search(?:\.\w+|_\w+)?|probe|regexp|loopback|loadfont|terminal_(?:input|output)|terminfo|serial|gfxmode|videomode|background_(?:color|image)|play|keymap|keystatus|linux(?:16|efi)?|initrd(?:16|efi)?|devicetree|return|shift|setparams|cryptomount|password(?:_pbkdf2)?)$/;

export function runGrubScript(
  statements: readonly Statement[],
  saved: ReadonlyMap<string, string>,
): Outcome {
  const run = new Run(saved);
  run.statements(statements);
  return {
    entries: run.entries,
    variables: run.variables,
    isComplete: run.isComplete,
    startsEntry: run.startsEntry,
  };
}

class Run {
  readonly entries: BootEntry[] = [];
  readonly variables = new Map([
    ["menuentry_id_option", "--id"],
    ...features.map((name) => [`feature_${name}`, "y"] as const),
  ]);
  isComplete = true;
  startsEntry = true;
  private readonly unknown = new Set<string>(machineVariables);
  private readonly functions = new Map<string, readonly Statement[]>();
  private isCertain = true;
  private depth = 0;

  constructor(private readonly saved: ReadonlyMap<string, string>) {}

  statements(list: readonly Statement[]): void {
    // A function that calls itself.
    if (this.depth > 20) return;
    this.depth += 1;
    for (const statement of list) {
      if (statement.type === "choice") this.choice(statement);
      else this.command(statement);
    }
    this.depth -= 1;
  }

  private choice({ branches }: Choice): void {
    const before = this.isCertain;
    for (const { condition, body } of branches) {
      const holds = condition === undefined ? true : this.test(condition);
      if (holds === false) continue;
      if (holds === undefined) this.isCertain = false;
      this.statements(body);
      if (holds === true) break;
    }
    this.isCertain = before;
  }

  private command({ words, body }: Command): void {
    const [name = "", ...rest] = words.map(({ text }) => this.expand(text));
    const called = this.functions.get(name);
    if (called !== undefined) this.statements(called);
    else if (name === "menuentry" || name === "submenu") this.entry(name, rest, body ?? []);
    else if (name === "function") this.functions.set(rest[0] ?? "", body ?? []);
    else if (name === "set") this.assign(words[1]?.text ?? "");
    else if (name === "unset") this.unset(rest[0] ?? "");
    else if (name === "load_env") this.loadEnvironment();
    else if (leaving.has(name)) this.isComplete = this.startsEntry = false;
    else if (otherFiles.has(name)) this.isComplete = false;
    else if (/^\w+=/.test(name)) this.assign(words[0]?.text ?? "");
    else this.other(name, rest);
  }

  private other(name: string, words: readonly string[]): void {
    if (!harmless.test(name)) this.isComplete = false;
    this.markSet(words);
  }

  private unset(name: string): void {
    if (this.isCertain) this.variables.delete(name);
  }

  /** `name=value`. A value with an unknown variable counts as not set; of values that may be set, one with a time counts. */
  private assign(assignment: string): void {
    const at = assignment.indexOf("=");
    if (at === -1) return;
    const name = assignment.slice(0, at);
    const raw = assignment.slice(at + 1);
    if (this.namesUnknown(raw)) return;
    const value = this.expand(raw);
    const isWaiting = name === "timeout" && Number(value) < 0;
    if (!this.isCertain && isWaiting && this.variables.has(name)) return;
    this.variables.set(name, value);
  }

  private loadEnvironment(): void {
    for (const [name, value] of this.saved) this.variables.set(name, value);
  }

  /** `search --set=root`, `probe --set x`: a variable whose value is known only on the machine. */
  private markSet(words: readonly string[]): void {
    words.forEach((word, index) => {
      const name = /^--set=(?:\d:)?(\w+)$/.exec(word)?.[1];
      if (name !== undefined) this.unknown.add(name);
      if (word === "--set" || word === "-s") this.unknown.add(words[index + 1] ?? "");
    });
  }

  private entry(
    kind: "menuentry" | "submenu",
    words: readonly string[],
    body: readonly Statement[],
  ): void {
    const { title, id } = readOptions(words);
    // The branches for BIOS and UEFI often have the same entries.
    if (this.entries.some((it) => it.title === title && it.id === id) && !this.isCertain) return;
    if (kind === "menuentry") {
      this.entries.push(bootEntry(title, id, body));
      return;
    }
    const inner = new Run(this.saved);
    inner.statements(body);
    const entries = inner.entries;
    this.entries.push({ title, id, arguments: [], interactive: false, entries });
  }

  /** Whether a condition holds; undefined if only the machine knows. */
  private test(condition: readonly Statement[]): boolean | undefined {
    const [statement, ...more] = condition;
    if (statement?.type !== "command" || more.length > 0) return undefined;
    const { words } = statement;
    if (words.some(({ text }) => this.namesUnknown(text))) return undefined;
    return decide(words.map(({ text }) => this.expand(text)));
  }

  private namesUnknown(text: string): boolean {
    return [...text.matchAll(variable)].some(([, braced, plain]) =>
      this.unknown.has(braced ?? plain ?? ""),
    );
  }

  private expand(text: string): string {
    return text
      .replace(variable, (whole, braced: string | undefined, plain: string | undefined) => {
        const name = braced ?? plain ?? "";
        // Kernel arguments show what the machine fills in, such as `$root`.
        return this.unknown.has(name) ? whole : (this.variables.get(name) ?? "");
      })
      .replaceAll(literalDollar, "$");
  }
}

const variable = /\$(?:\{(\w+)\}|(\w+))/g;
