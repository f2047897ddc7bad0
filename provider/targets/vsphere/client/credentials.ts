import { resolve } from "node:path";
import { z } from "zod";
import { describeThrown, StylusError } from "../../../base/errors";
import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { isMissing } from "../../../system/files/errors";
import { readText } from "../../../system/files/read-text";

export interface VsphereCredentials {
  readonly username: string;
  readonly password: string;
  /** Their source, for messages. */
  readonly source: string;
}

const fileSchema = z.object({ username: z.string().min(1), password: z.string().min(1) });

/** Reads the credentials; called at every login, so that rotated ones are used. */
export async function readCredentials(
  spec: VsphereTargetSpec,
  rootDirectory: string,
): Promise<VsphereCredentials> {
  const { username, password, credentialsFile } = spec;
  if (username !== undefined && password !== undefined) {
    return { username, password, source: "the target's `username` and `password`" };
  }
  if (credentialsFile !== undefined) return fromFile(resolve(rootDirectory, credentialsFile));
  for (const [user, secret] of [
    ["VSPHERE_USER", "VSPHERE_PASSWORD"] as const,
    ["GOVC_USERNAME", "GOVC_PASSWORD"] as const,
  ]) {
    const found = { username: process.env[user] ?? "", password: process.env[secret] ?? "" };
    if (found.username !== "" && found.password !== "") {
      return { ...found, source: `${user} and ${secret}` };
    }
  }
  throw new StylusError("publish.denied", {
    what: `There are no credentials for ${spec.server}.`,
    next: "Set VSPHERE_USER and VSPHERE_PASSWORD (or GOVC_USERNAME and GOVC_PASSWORD), or name a file in the target's `credentialsFile`.",
  });
}

async function fromFile(path: string): Promise<VsphereCredentials> {
  const error = (why: string): StylusError =>
    new StylusError("publish.denied", {
      what: `The credentials in ${path} cannot be read.`,
      why,
      next: 'Write `{"username": "...", "password": "..."}` into it, with mode 0600.',
    });
  let content: unknown;
  try {
    content = JSON.parse(await readText(path));
  } catch (thrown) {
    // The parser's own message would quote the password.
    const isText = thrown instanceof SyntaxError;
    throw error(
      isText
        ? "It is not JSON."
        : isMissing(thrown)
          ? "The file does not exist."
          : `${describeThrown(thrown)}.`,
    );
  }
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) throw error("It does not contain `username` and `password` as strings.");
  return { ...parsed.data, source: path };
}
