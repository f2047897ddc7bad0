import { rm } from "node:fs/promises";
import { contentDigest } from "../../../../provider/system/files/content-digest";
import { convert } from "../../../../provider/formats/convert";
import { asStylusError } from "../../../../provider/base/errors";
import { diskFormatSchema } from "../../../../provider/schema/formats";

/**
 * Converts in a child process: `convert-in-process.ts DISK OUTPUT FORMATS`. Prints hashes and peak memory, or the
 * code of an error.
 */
async function main([disk = "", output = "", formats = ""]: readonly string[]): Promise<void> {
  const { signal } = new AbortController();
  const onProgress = (): void => undefined;
  const digest = await contentDigest(disk, { signal, onProgress });
  const context = { output, contentDigest: digest, remote: true, signal, onProgress };
  const hashes: (string | undefined)[] = [];
  for (const format of diskFormatSchema.array().parse(JSON.parse(formats))) {
    await rm(output, { force: true });
    hashes.push((await convert({ disk }, format, context)).sha256);
  }
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(JSON.stringify({ hashes, peakMiB }));
}

main(process.argv.slice(2)).catch((thrown: unknown) => {
  process.stdout.write(
    JSON.stringify({ code: asStylusError(thrown).code, hashes: [], peakMiB: 0 }),
  );
});
