import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { InputProblem } from "../../base/errors";
import { invalidInput } from "../../schema/parse";
import { environmentPassword } from "./environment";
import type { ImageOptions } from "./image";

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

/** Options that name files. */
type FileOptions = Pick<
  ImageOptions,
  | "userData"
  | "user"
  | "passwordFile"
  | "edgeHostTokenFile"
  | "sshKeyFile"
  | "header"
  | "toHeader"
  | "paletteEndpoint"
>;

/** The contents of the files that options name; secrets are here and nowhere else. */
export interface OptionFiles {
  readonly userData?: string | undefined;
  readonly password?: string | undefined;
  readonly edgeHostToken?: string | undefined;
  readonly sshKeys: readonly string[];
  /** `Name: value` lines, those of `--header` itself included. */
  readonly headers: readonly string[];
  /** The same of `--to-header`. */
  readonly targetHeaders: readonly string[];
}

/** Reads every file, or throws one error that lists all that cannot be read. */
export async function readOptionFiles(
  options: FileOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<OptionFiles> {
  const problems: InputProblem[] = [];
  const readers: string[] = [];
  const read = async (option: string, path: string | undefined): Promise<string | undefined> => {
    if (path === undefined) return undefined;
    if (path === "-") readers.push(option);
    if (path === "-" && readers.length > 1) {
      problems.push({ path: option, reason: `standard input is taken by ${readers[0] ?? ""}` });
      return undefined;
    }
    try {
      return path === "-" ? await text(process.stdin) : await readFile(path, "utf8");
    } catch (thrown) {
      problems.push({ path: option, reason: `${path} cannot be read: ${systemFault(thrown)}` });
      return undefined;
    }
  };

  const userData = await read("--user-data", options.userData);
  const password = await read("--password-file", options.passwordFile);
  const token = await read("--edge-host-token-file", options.edgeHostTokenFile);
  const keyFiles: (string | undefined)[] = [];
  for (const file of options.sshKeyFile ?? []) keyFiles.push(await read("--ssh-key-file", file));
  const readHeaders = async (option: string, given: readonly string[] = []): Promise<string[]> => {
    const headers: string[] = [];
    for (const header of given) {
      if (!header.startsWith("@")) headers.push(header);
      else headers.push(...lines(await read(option, header.slice(1))));
    }
    return headers;
  };
  const headers = await readHeaders("--header", options.header);
  const targetHeaders = await readHeaders("--to-header", options.toHeader);
  if (problems.length > 0) throw invalidInput(problems);

  // The old builder's variable; without an endpoint it belongs to something else.
  const fallback =
    options.paletteEndpoint === undefined ? undefined : environment["EDGE_HOST_TOKEN"];
  const isOfEnvironment = options.user !== undefined && options.passwordFile === undefined;
  const fromEnvironment = isOfEnvironment ? environmentPassword(environment) : undefined;
  // Neither the agent nor QEMU is to have them in its environment.
  delete environment["EDGE_HOST_TOKEN"];
  delete environment["SSH_PASSWORD"];
  return {
    userData,
    password: password?.replace(/\r?\n$/, "") ?? fromEnvironment,
    edgeHostToken: token?.trim() ?? (fallback === "" ? undefined : fallback),
    sshKeys: keyFiles.flatMap(lines).filter((line) => !line.startsWith("#")),
    headers,
    targetHeaders,
  };
}

function lines(content: string | undefined): string[] {
  return (content ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
