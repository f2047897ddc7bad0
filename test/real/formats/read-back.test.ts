import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReadBackFile } from "../../../provider/formats/read-back";
import { copyChunks } from "../../../provider/formats/source-chunks";
import { MiB } from "../../../provider/base/size";
import { fails } from "../../support/failures";

const { signal } = new AbortController();
const offset = 1000;

describe("copying an artifact into another one", () => {
  let folder = "";
  let source = { path: "", size: 0, sha256: undefined };
  let content = Buffer.alloc(0);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-read-back-"));
    content = randomBytes(5 * MiB + 77);
    source = { path: join(folder, "source"), size: content.length, sha256: undefined };
    await writeFile(source.path, content);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** Copies through `faulty` into a new file, and returns the yielded values. */
  async function copy(faulty: (file: ReadBackFile) => ReadBackFile): Promise<Buffer> {
    const file = await open(join(folder, "target"), "w+");
    const parts: Buffer[] = [];
    try {
      await file.truncate(offset + content.length);
      for await (const { bytes } of copyChunks(source, faulty(file), { offset, signal })) {
        parts.push(Buffer.from(bytes));
      }
    } finally {
      await file.close();
    }
    return Buffer.concat(parts);
  }

  it("yields in order what then lies in the file", async () => {
    const yielded = await copy((file) => file);
    const target = await readFile(join(folder, "target"));
    assert.ok(yielded.equals(content));
    assert.ok(target.subarray(offset).equals(content));
  });

  for (const at of [0, MiB - 1, 3 * MiB + 5, 5 * MiB + 76]) {
    it(`notices that byte ${at} was written as another one`, async () => {
      const written = copy((file) => ({
        read: (...at) => file.read(...at),
        write: async (bytes: Uint8Array, from: number, length: number, position: number) => {
          const place = at - (position - offset);
          const damaged = Buffer.from(bytes.subarray(from, from + length));
          if (place >= 0 && place < length) damaged[place] = (damaged[place] ?? 0) ^ 1;
          return file.write(damaged, 0, length, position);
        },
      }));
      await assert.rejects(written, fails("convert.failed", /read back/, /Run it again/));
    });
  }

  it("notices that a write said to be done was not", async () => {
    const written = copy((file) => ({
      read: (...at) => file.read(...at),
      write: async (bytes: Uint8Array, from: number, length: number, position: number) => {
        if (position === offset + 2 * MiB) return { bytesWritten: length };
        return file.write(bytes, from, length, position);
      },
    }));
    await assert.rejects(written, fails("convert.failed", /read back/));
  });
});
