import assert from "node:assert/strict";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tarEnd, tarHeader } from "../../../provider/base/tar";
import { readTar } from "../../../provider/base/tar-read";
import { StylusError } from "../../../provider/base/errors";
import { temporaryFolder } from "../agent/temporary-folder";

const GiB = 1024 ** 3;

describe("a tar archive read by its headers", () => {
  const folder = temporaryFolder();
  const entry = (name: string, size: number, type?: "5") =>
    tarHeader({ name, size, mode: 0o644, uid: 0, gid: 0, ...(type && { type }) });
  const read = async (write: (path: string) => Promise<void>) => {
    const path = join(folder(), "archive.tar");
    await write(path);
    const file = await open(path, "r");
    try {
      return [...(await readTar(file, path))];
    } finally {
      await file.close();
    }
  };

  it("tells where files lie, also behind one of more than 8 GiB, of which nothing is read", async () => {
    const size = 9 * GiB + 1;
    const found = await read(async (path) => {
      const file = await open(path, "w");
      await file.write(Buffer.concat([entry("blobs/", 0, "5"), entry("large", size)]), 0, 1024, 0);
      const last = Buffer.concat([entry("last", 3), Buffer.from("end".padEnd(512, "\0")), tarEnd]);
      await file.write(last, 0, last.length, 1024 + 9 * GiB + 512);
      await file.close();
    });
    assert.deepEqual(found, [
      ["large", { start: 1024, size }],
      ["last", { start: 1024 + 9 * GiB + 1024, size: 3 }],
    ]);
  });

  it("refuses what is none", async () => {
    await assert.rejects(
      read((path) => writeFile(path, Buffer.alloc(4096, 7))),
      StylusError,
    );
    assert.deepEqual(await read((path) => writeFile(path, "")), []);
  });
});
