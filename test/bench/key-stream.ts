import { createCipheriv, createHash } from "node:crypto";
import { MiB } from "../../provider/base/size";

/** MiB of a cipher's key stream: reproducible, fast, and as incompressible as a compressed image. */
export function* keyStream(seed: string, sizeBytes: number): Generator<Buffer> {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  const zeros = Buffer.alloc(MiB);
  for (let done = 0; done < sizeBytes; done += MiB) yield cipher.update(zeros);
}
