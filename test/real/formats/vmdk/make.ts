import { convertToVmdk } from "../../../../provider/formats/vmdk/convert";

/** `make.ts DISK OUTPUT CONTENT-DIGEST` prints the SHA-256 of the VMDK that it made. */
async function main(disk: string, output: string, contentDigest: string): Promise<void> {
  const { signal } = new AbortController();
  const onProgress = () => undefined;
  const context = { output, contentDigest, remote: false, signal, onProgress };
  const { sha256 } = await convertToVmdk(disk, context);
  process.stdout.write(sha256 ?? "");
}

const [disk = "", output = "", contentDigest = ""] = process.argv.slice(2);
void main(disk, output, contentDigest);
