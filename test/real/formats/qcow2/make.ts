import { convertToQcow2, type Qcow2Compression } from "../../../../provider/formats/qcow2/convert";

/** `make.ts DISK OUTPUT COMPRESSION` prints the SHA-256 of the output file, and the peak memory in MiB. */
async function main(disk: string, output: string, compression: Qcow2Compression): Promise<void> {
  const { signal } = new AbortController();
  const onProgress = () => undefined;
  const context = { output, contentDigest: "", remote: false, signal, onProgress };
  const before = process.resourceUsage().maxRSS;
  const { sha256 } = await convertToQcow2(disk, compression, context);
  const grown = (process.resourceUsage().maxRSS - before) / 1024;
  process.stdout.write(`${sha256} ${grown}`);
}

const [disk = "", output = "", compression] = process.argv.slice(2);
void main(disk, output, compression === "zstd" ? "zstd" : "zlib");
