const explanations: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
  ENOTDIR: "part of its path is not a folder",
};

/** A file fault in words, without the path that Node repeats in its own. */
export function systemFault(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  return explanations[code] ?? (code === "" ? "unknown fault" : code);
}
