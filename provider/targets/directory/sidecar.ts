import { readFile, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder, unlessMissing, writeDurably } from "./records";

const fileName = "SHA256SUMS";

/** The list with the file's line set, or without one. What others wrote into it stays. */
export function changeSums(text: string, file: string, sha256: string | undefined): string {
  const others = text.split("\n").filter((line) => line !== "" && nameInLine(line) !== file);
  const lines = sha256 === undefined ? others : [...others, `${sha256}  ${file}`];
  return lines.map((line) => `${line}\n`).join("");
}

/** The SHA-256 that the list gives for the file. */
export function sumOf(text: string, file: string): string | undefined {
  const line = text.split("\n").find((candidate) => nameInLine(candidate) === file);
  return line?.slice(0, 64).toLowerCase();
}

function nameInLine(line: string): string | undefined {
  return /^[0-9a-f]{64} [ *](.+)$/i.exec(line)?.[1];
}

export async function readSum(folder: string, file: string): Promise<string | undefined> {
  const text = await readFile(join(folder, fileName), "utf8").catch(unlessMissing);
  return text === undefined ? undefined : sumOf(text, file);
}

/** Rewrites `SHA256SUMS` of an image folder, which `sha256sum --check` reads. The caller holds the folder's lock. */
export async function updateSums(
  folder: string,
  file: string,
  sha256: string | undefined,
): Promise<void> {
  const path = join(folder, fileName);
  const before = (await readFile(path, "utf8").catch(unlessMissing)) ?? "";
  const after = changeSums(before, file, sha256);
  if (after === before) return;
  if (after === "") {
    await unlink(path);
  } else {
    const temporary = join(folder, `.${fileName}.partial`);
    await writeDurably(temporary, after, "w");
    await rename(temporary, path);
  }
  await syncFolder(dirname(path));
}
