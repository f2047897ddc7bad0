import { buffer } from "node:stream/consumers";
import type { InputProblem } from "../../base/errors";
import { keysIn } from "../../plan/user-data/user-keys";
import { pathProblem } from "../../schema/check-rules";
import { invalidInput } from "../../schema/parse";
import { readText, textOf } from "../../system/files/read-text";
import type { ImageOptions } from "../options/image";
import { takeEnvironmentSecrets } from "./environment";
import { describeUnreadable } from "./system-error";

/** The options that name files. */
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

/** The contents of the files that options name. Secrets are kept nowhere else. */
export interface OptionFiles {
  readonly userData?: string | undefined;
  readonly password?: string | undefined;
  readonly edgeHostToken?: string | undefined;
  readonly sshKeys: readonly string[];
  /** `Name: value` lines, from the values of `--header` and from the files that they name. */
  readonly headers: readonly string[];
  /** The same for `--to-header`. */
  readonly targetHeaders: readonly string[];
}

/** Reads every file; throws one error that lists all files that cannot be read. */
export async function readOptionFiles(
  options: FileOptions,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<OptionFiles> {
  const { read, problems } = fileReader();
  const userData = await read("--user-data", options.userData);
  const password = await read("--password-file", options.passwordFile);
  const token = await read("--edge-host-token-file", options.edgeHostTokenFile);
  const keyFiles: (string | undefined)[] = [];
  for (const file of options.sshKeyFile ?? []) keyFiles.push(await read("--ssh-key-file", file));
  const headers = await readHeaders(read, "--header", options.header);
  const targetHeaders = await readHeaders(read, "--to-header", options.toHeader);
  if (problems.length > 0) throw invalidInput(problems);

  const secrets = takeEnvironmentSecrets(options, environment);
  return {
    userData,
    password: password?.replace(/\n$/, "") ?? secrets.password,
    edgeHostToken: token?.trim() ?? secrets.edgeHostToken,
    sshKeys: keyFiles.flatMap((text) => keysIn(text ?? "")),
    headers,
    targetHeaders,
  };
}

type Read = (option: string, path: string | undefined) => Promise<string | undefined>;

/** Reads files for options, or standard input for one of them (`-`), and collects the problems. */
function fileReader(): { readonly read: Read; readonly problems: readonly InputProblem[] } {
  const problems: InputProblem[] = [];
  let standardInput: string | undefined;
  const read: Read = async (option, path) => {
    if (path === undefined) return undefined;
    if (path === "-" && standardInput !== undefined) {
      problems.push({ path: option, reason: `standard input is already used by ${standardInput}` });
      return undefined;
    }
    if (path === "-") standardInput = option;
    const problem = pathProblem(path);
    if (problem !== undefined) {
      problems.push({ path: option, reason: `"${path}" ${problem}` });
      return undefined;
    }
    try {
      return path === "-" ? textOf(await buffer(process.stdin), path) : await readText(path);
    } catch (thrown) {
      problems.push({ path: option, reason: describeUnreadable(path, thrown) });
      return undefined;
    }
  };
  return { read, problems };
}

async function readHeaders(
  read: Read,
  option: string,
  given: readonly string[] = [],
): Promise<string[]> {
  const headers: string[] = [];
  for (const header of given) {
    if (!header.startsWith("@")) headers.push(header);
    else headers.push(...lines(await read(option, header.slice(1))));
  }
  return headers;
}

function lines(content: string | undefined): string[] {
  return (content ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
