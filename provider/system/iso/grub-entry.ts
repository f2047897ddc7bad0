import { isInteractiveTitle, type BootEntry } from "./boot-menu";
import { literalDollar, type Command, type Statement } from "./grub-script";

/** Options that a value follows. */
const withValue = new Set(["--class", "--users", "--hotkey", "--source", "--id"]);

/** Title and ID of an entry; options may stand before the title and after it. */
export function readOptions(words: readonly string[]): { title: string; id: string | undefined } {
  const titles: string[] = [];
  let id: string | undefined;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word.startsWith("--id=")) id = word.slice("--id=".length);
    else if (word === "--id") id = words[(index += 1)];
    else if (withValue.has(word)) index += 1;
    else if (!word.startsWith("--")) titles.push(word);
  }
  return { title: titles[0] ?? "", id };
}

export function bootEntry(
  title: string,
  id: string | undefined,
  body: readonly Statement[],
): BootEntry {
  const given = kernelArguments(body) ?? [];
  return {
    title,
    id,
    arguments: given,
    interactive:
      given.includes("install-mode-interactive") ||
      given.includes("interactive-install") ||
      isInteractiveTitle(title),
  };
}

/** The arguments of the first kernel line, in whatever branch it stands. */
function kernelArguments(body: readonly Statement[]): readonly string[] | undefined {
  for (const statement of body) {
    const found =
      statement.type === "choice"
        ? statement.branches
            .map((branch) => kernelArguments(branch.body))
            .find((it) => it !== undefined)
        : ownArguments(statement);
    if (found !== undefined) return found;
  }
  return undefined;
}

function ownArguments({ words }: Command): readonly string[] | undefined {
  const [command = "", , ...given] = words.map(({ text }) => text.replaceAll(literalDollar, "$"));
  return /^(?:\$linux|\$\{linux\}|linux|linuxefi|linux16)$/.test(command) ? given : undefined;
}
