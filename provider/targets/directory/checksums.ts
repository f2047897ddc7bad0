import { readFile, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, unlessMissing, writeDurably } from "./durable-files";

const fileName = "SHA256SUMS";

/** The text of SHA256SUMS with the file's line set, or without it. Lines of other files stay. */
export function withChecksum(text: string, file: string, sha256: string | undefined): string {
  const others = text.split("\n").filter((line) => line !== "" && nameInLine(line) !== file);
  const lines = sha256 === undefined ? others : [...others, `${sha256}  ${file}`];
  return lines.map((line) => `${line}\n`).join("");
}

/** The SHA-256 of the file in the text of SHA256SUMS. */
export function checksumIn(text: string, file: string): string | undefined {
  const line = text.split("\n").find((candidate) => nameInLine(candidate) === file);
  return line?.slice(0, 64).toLowerCase();
}

function nameInLine(line: string): string | undefined {
  return /^[0-9a-f]{64} [ *](.+)$/i.exec(line)?.[1];
}

/** The SHA-256 of the file in the folder's SHA256SUMS. */
export async function readChecksum(folder: string, file: string): Promise<string | undefined> {
  const text = await readFile(join(folder, fileName), "utf8").catch(unlessMissing);
  return text === undefined ? undefined : checksumIn(text, file);
}

/** Sets or removes the file's line in SHA256SUMS, which `sha256sum --check` reads. The caller holds the folder's lock. */
export async function writeChecksum(
  folder: string,
  file: string,
  sha256: string | undefined,
): Promise<void> {
  const path = join(folder, fileName);
  const before = (await readFile(path, "utf8").catch(unlessMissing)) ?? "";
  const after = withChecksum(before, file, sha256);
  if (after === before) return;
  if (after === "") {
    await unlink(path);
  } else {
    const temporary = join(folder, `.${fileName}.partial`);
    await writeDurably(temporary, after, "w");
    await rename(temporary, path);
  }
  await syncFolder(folder);
}
