import assert from "node:assert/strict";
import { readChecksum } from "../../../../provider/system/download/read-checksum";
import { serveFile, type FileServer } from "../../../servers/http-files";

const signal = new AbortController().signal;
const hash = "d".repeat(64);

describe("readChecksum", () => {
  let server: FileServer;
  afterEach(() => server.close());

  const read = (headers?: Readonly<Record<string, string>>, until = signal) =>
    readChecksum(
      { url: `${server.origin}/installer.iso`, checksumUrl: server.url, headers },
      until,
    );

  it("reads a checksum file with the given headers", async () => {
    const requiredHeader = { name: "private-token", value: "t" };
    server = await serveFile({ content: Buffer.from(`${hash}  installer.iso\n`), requiredHeader });
    assert.deepEqual(await read({ "PRIVATE-TOKEN": "t" }), { sha256: hash });
    await assert.rejects(read(), { code: "installer.denied" });
  });

  it("takes a file of Windows, with a byte order mark", async () => {
    server = await serveFile({ content: Buffer.from(`\ufeff${hash} *installer.iso\r\n`) });
    assert.deepEqual(await read(), { sha256: hash });
  });

  it("refuses UTF-16 by name", async () => {
    const text = Buffer.from(`\ufeff${hash}  installer.iso\r\n`, "utf16le");
    server = await serveFile({ content: text });
    await assert.rejects(read(), { message: /not a checksum file: it is UTF-16.*iconv/ });
  });

  it("refuses an ISO as a checksum file", async () => {
    server = await serveFile({ content: Buffer.alloc(2 * 1024 * 1024, "installer") });
    await assert.rejects(read(), { message: /not a checksum file: it is larger than 1 MiB/ });
  });

  it("ends when it is aborted in the middle of a transfer", async () => {
    server = await serveFile({
      content: Buffer.alloc(8 * 1024 * 1024, "a"),
      slow: true,
      honoursRanges: false,
    });
    const abort = new AbortController();
    const reading = read(undefined, abort.signal);
    abort.abort();
    await assert.rejects(reading, { code: "build.cancelled" });
  });
});
