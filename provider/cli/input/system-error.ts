import { NotText } from "../../system/files/read-text";

const explanations: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
  ENOTDIR: "part of its path is not a folder",
};

/** Why a file cannot be read, without its path, which Node's message repeats. */
export function describeSystemError(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  return explanations[code] ?? (code === "" ? "unknown error" : code);
}

/** Why the text of a file cannot be had, with its name; `-` is standard input. */
export function describeUnreadable(path: string, thrown: unknown): string {
  const file = path === "-" ? "standard input" : path;
  if (thrown instanceof NotText) return `${file} ${thrown.reason}`;
  return `${file} cannot be read: ${describeSystemError(thrown)}`;
}
