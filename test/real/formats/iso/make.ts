import { convertToIso } from "../../../../provider/formats/iso/convert";
import type { ConvertContext, Converted } from "../../../../provider/formats/format";
import type { JsonMap } from "../../../../provider/base/json";
import { asStylusError } from "../../../../provider/base/errors";
import { formatSchema, type FormatOf } from "../../../../provider/schema/formats";
import { inspectIso } from "../../../../provider/system/iso/inspect";

export interface Wanted {
  readonly installer: string;
  readonly output: string;
  readonly options?: Partial<Omit<FormatOf<"iso">, "type">>;
  readonly userData?: JsonMap;
  readonly rootDirectory?: string;
}

/** An ISO format as the schema returns it. */
export function isoFormat(options: Wanted["options"]): FormatOf<"iso"> {
  const format = formatSchema.parse({ type: "iso", ...options });
  if (format.type !== "iso") throw new Error("the schema gave another format");
  return format;
}

/** Makes an ISO as a build does, from an inspected installer; returns the warnings too. */
export async function makeIso(
  { installer, output, options, userData = {}, rootDirectory = "/" }: Wanted,
  context: Partial<ConvertContext> = {},
): Promise<Converted & { readonly warnings: readonly string[] }> {
  const { signal = new AbortController().signal, onProgress = () => undefined } = context;
  const { configurations } = await inspectIso(installer, signal);
  const warnings: string[] = [];
  const material = {
    path: installer,
    kind: "kairos",
    configurations: configurations.map(({ path }) => path),
    userData,
    rootDirectory,
    warn: (message: string) => void warnings.push(message),
  } as const;
  const told = { output, contentDigest: "", remote: false, signal, onProgress };
  return { ...(await convertToIso(material, isoFormat(options), told)), warnings };
}

/** In a child process, `make.ts WANTED` with JSON; prints the result, or the code of the error. */
async function main(wanted: string): Promise<void> {
  try {
    process.stdout.write(JSON.stringify(await makeIso(JSON.parse(wanted) as Wanted)));
  } catch (thrown) {
    const { code, message } = asStylusError(thrown);
    process.stdout.write(JSON.stringify({ code, message }));
  }
}

if (require.main === module) void main(process.argv[2] ?? "");
