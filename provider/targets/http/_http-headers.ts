import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describeThrown, StylusError } from "../../base/errors";
import { headersSchema, type HttpTargetSpec } from "../../schema/targets/target";

type Headers = Readonly<Record<string, string>>;

/** The user's headers, as they are at this moment: what the file says comes first. Names are lower-case. */
export async function headersOf(
  { headers = {}, headersFile }: HttpTargetSpec,
  rootDirectory: string,
): Promise<Headers> {
  const literal = lowerCase(headers);
  if (headersFile === undefined) return literal;
  return { ...literal, ...(await readHeaders(resolve(rootDirectory, headersFile))) };
}

async function readHeaders(path: string): Promise<Headers> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw unusable(path, `It cannot be read: ${describeThrown(cause)}.`);
  });
  const lines = text.split("\n").map((line) => line.trim());
  const headers: Record<string, string> = {};
  lines.forEach((line, index) => {
    if (line === "" || line.startsWith("#")) return;
    const colon = line.indexOf(":");
    const parsed = headersSchema.safeParse({
      [line.slice(0, Math.max(colon, 0)).trim()]: line.slice(colon + 1).trim(),
    });
    // The line itself may be a secret, so only its number is told.
    if (!parsed.success)
      throw unusable(path, `Line ${index + 1} is not of the form "Name: value".`);
    Object.assign(headers, lowerCase(parsed.data));
  });
  return headers;
}

function lowerCase(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function unusable(path: string, why: string): StylusError {
  return new StylusError("publish.denied", {
    what: `The headers of a target in ${path} are of no use.`,
    why,
    next: "Write one `Name: value` in each line, such as `Authorization: Bearer ...`, or correct the target's `headersFile`.",
  });
}
