import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFormatOptions } from "../../../../provider/cli/input/format-options";
import { readOptionFiles } from "../../../../provider/cli/input/option-files";
import { temporaryFolder } from "../../agent/temporary-folder";
import { publicKey } from "../../plan/user-data/public-key";

const folder = temporaryFolder();

function file(content: string | Buffer, name = "a.txt"): string {
  const path = join(folder(), name);
  writeFileSync(path, content);
  return path;
}

const text = "aUAxToken";
const encodings: readonly (readonly [what: string, content: string | Buffer])[] = [
  ["UTF-8", `${text}\n`],
  ["UTF-8 without a line end", text],
  ["UTF-8 of Windows, with a byte order mark", `\ufeff${text}\r\n`],
];

describe("readOptionFiles", () => {
  for (const [what, content] of encodings) {
    it(`reads the same from ${what}`, async () => {
      const path = file(content);
      const read = await readOptionFiles(
        {
          user: "ops",
          passwordFile: path,
          edgeHostTokenFile: path,
          header: [`@${file(content.toString().replace(text, `X-A: ${text}`), "header")}`],
        },
        {},
      );
      assert.deepEqual(
        [read.password, read.edgeHostToken, read.headers],
        [text, text, [`X-A: ${text}`]],
      );
    });
  }

  const options: readonly (readonly [string, (path: string) => object])[] = [
    ["--user-data", (path) => ({ userData: path })],
    ["--password-file", (path) => ({ user: "a", passwordFile: path })],
    ["--edge-host-token-file", (path) => ({ edgeHostTokenFile: path })],
    ["--ssh-key-file", (path) => ({ user: "a", sshKeyFile: [path] })],
    ["--header", (path) => ({ header: [`@${path}`] })],
    ["--to-header", (path) => ({ toHeader: [`@${path}`] })],
  ];
  for (const [option, given] of options) {
    it(`refuses UTF-16 for ${option}, with the command that converts it`, async () => {
      const path = file(Buffer.from(`\ufeff${text}\r\n`, "utf16le"));
      await assert.rejects(readOptionFiles(given(path), {}), (error: Error) => {
        assert.ok(error.message.includes(`${option}: ${path} is UTF-16`), error.message);
        assert.ok(error.message.includes(`iconv -f UTF-16 -t UTF-8 ${path}`));
        return true;
      });
    });
  }

  it("refuses the files of all options at once", async () => {
    const bad = file(Buffer.from("M\xfcller", "latin1"));
    await assert.rejects(
      readOptionFiles({ user: "a", passwordFile: bad, userData: bad, sshKeyFile: [bad] }, {}),
      { message: /3 problems/ },
    );
  });

  it("keeps blanks of a password, and removes one line end only", async () => {
    const { password } = await readOptionFiles({ user: "a", passwordFile: file(" p \r\n") }, {});
    assert.equal(password, " p ");
    const { password: two } = await readOptionFiles({ user: "a", passwordFile: file("p\n\n") }, {});
    assert.equal(two, "p\n");
  });

  it("takes every key of a file, without comments", async () => {
    const keys = `\ufeff# team\r\n${publicKey} a\r\n\r\nno-pty ${publicKey} b\r\n`;
    const { sshKeys } = await readOptionFiles({ user: "a", sshKeyFile: [file(keys)] }, {});
    assert.deepEqual(sshKeys, [`${publicKey} a`, `no-pty ${publicKey} b`]);
  });
});

describe("readFormatOptions", () => {
  it("decodes a file as every option does", async () => {
    const setting = "ova.extraConfig.guestinfo.userdata=";
    assert.deepEqual(await readFormatOptions([`${setting}@${file("\ufeffa: 1\r\n")}`]), [
      `${setting}a: 1\n`,
    ]);
    const other = file(Buffer.from("\ufeffa", "utf16le"));
    await assert.rejects(readFormatOptions([`${setting}@${other}`, "ova.a=@/nowhere"]), {
      message: /2 problems.*is UTF-16.*no such file/s,
    });
  });
});
