import assert from "node:assert/strict";
import { mkdir, open, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { redactor } from "../../../../provider/agent/redact";
import { readLogExcerpt, redactLog } from "../../../../provider/system/files/log-excerpt";
import { MiB } from "../../../../provider/base/size";
import { temporaryFolder } from "../../agent/temporary-folder";

const folder = temporaryFolder();
const log = () => join(folder(), "serial.log");
const secret = "tok-0123456789abcdef";
const redact = redactor([secret]);

/** Peak memory of the work in bytes, beyond the memory in use before. */
async function growthOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return most - before;
}

async function writeLong(megabytes: number): Promise<void> {
  const file = await open(log(), "w");
  const piece = Buffer.from("a line of some guest's console\r\n".repeat(32_768));
  for (let index = 0; index < megabytes; index += 1) await file.write(piece);
  await file.write(`the token is ${secret}\r\nthe end\r\n`);
  await file.close();
}

describe("readLogExcerpt", () => {
  const most = { headBytes: 100, tailBytes: 100 };
  const lines = (count: number) =>
    Array.from({ length: count }, (_, index) => `line ${index}\n`).join("");

  it("returns all of a short log", async () => {
    await writeFile(log(), lines(20));
    assert.deepEqual(await readLogExcerpt(log(), most), { head: lines(20), omittedBytes: 0 });
  });

  it("returns whole lines of both ends of a long log, and the number of omitted bytes", async () => {
    const text = lines(1000);
    await writeFile(log(), text);
    const { head, tail, omittedBytes } = await readLogExcerpt(log(), most);
    assert.match(head, /^line 0\n[^]*line 12\n$/);
    assert.match(tail ?? "", /^line 989\n[^]*line 999\n$/);
    assert.equal(head.length + omittedBytes + (tail?.length ?? 0), text.length);
  });

  it("never cuts a character", async () => {
    await writeFile(log(), "ä".repeat(30) + "\n" + "ö\n".repeat(500));
    const { head, tail } = await readLogExcerpt(log(), most);
    assert.doesNotMatch(head + (tail ?? ""), /\ufffd/);
  });

  it("takes no more memory for a longer log", async function () {
    this.timeout(60_000);
    await writeLong(300);
    const growth = await growthOf(() => readLogExcerpt(log(), { headBytes: MiB, tailBytes: MiB }));
    assert.ok(growth < 40 * MiB, `${growth}`);
  });
});

describe("redactLog", () => {
  it("does not change a log without secrets", async () => {
    await writeFile(log(), "nothing to hide\n");
    const { ino, mtimeMs } = await stat(log());
    await redactLog(log(), redact);
    const after = await stat(log());
    assert.deepEqual([after.ino, after.mtimeMs], [ino, mtimeMs]);
    assert.deepEqual(await readdir(folder()), ["serial.log"]);
  });

  it("masks a secret anywhere, also in a line without an end", async function () {
    this.timeout(60_000);
    for (const filler of ["x", "x\n", `${"x".repeat(70)}\r\n`]) {
      // Around the boundaries of the chunks that are read.
      for (const at of [0, 65_530, 65_536, 131_060, 131_072, 196_600, 262_140]) {
        const before = filler.repeat(Math.ceil(at / filler.length)).slice(0, at);
        await writeFile(log(), `${before}${secret}${filler.repeat(4000)}`);
        await redactLog(log(), redact);
        const text = await readFile(log(), "utf8");
        assert.ok(!text.includes(secret.slice(0, 12)), `${JSON.stringify(filler)} ${at}`);
        assert.equal(text, `${before}<secret>${filler.repeat(4000)}`);
      }
    }
  });

  it("is readable by its owner only", async () => {
    await writeFile(log(), secret, { mode: 0o600 });
    await redactLog(log(), redact);
    assert.equal((await stat(log())).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder()), ["serial.log"]);
  });

  describe("without disk space for a clean copy", () => {
    // No file can be created under the copy's name.
    beforeEach(() => mkdir(`${log()}.partial`));

    it("cleans a short log in place", async () => {
      await writeFile(log(), `before ${secret}\nafter\n`);
      await redactLog(log(), redact);
      assert.equal(await readFile(log(), "utf8"), "before <secret>\nafter\n");
    });

    it("keeps both ends of a long log", async () => {
      await writeFile(log(), `first ${secret}\n${"x\n".repeat(MiB)}${secret} last\n`);
      await redactLog(log(), redact);
      const text = await readFile(log(), "utf8");
      assert.match(
        text,
        /^first <secret>\n[^]*\[\.\.\. \d+ bytes left out \.\.\.\]\n[^]*<secret> last\n$/,
      );
      assert.ok(text.length < MiB);
    });

    it("drops a line that it would have to cut", async () => {
      await writeFile(log(), secret.repeat(100_000));
      await redactLog(log(), redact);
      assert.match(await readFile(log(), "utf8"), /^\[\.\.\. \d+ bytes left out \.\.\.\]\n$/);
    });
  });

  it("takes no more memory for a longer log", async function () {
    this.timeout(120_000);
    await writeLong(300);
    const growth = await growthOf(() => redactLog(log(), redact));
    assert.ok(growth < 100 * MiB, `${growth}`);
    const { tail } = await readLogExcerpt(log(), { headBytes: 0, tailBytes: 100 });
    assert.match(tail ?? "", /the token is <secret>\r\nthe end/);
  });
});
