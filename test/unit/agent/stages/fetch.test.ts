import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { fetchInstaller } from "../../../../provider/agent/stages/fetch";
import { sha512Validator } from "../../../../provider/plan/sha512-validator";
import { serveFile, type FileServer } from "../../../servers/http-files";
import { buildFor } from "../samples";
import { temporaryFolder } from "../temporary-folder";

const folder = temporaryFolder();
const content = Buffer.from("an installer");
const hash = (name: string, bytes: Buffer) => createHash(name).update(bytes).digest("hex");

describe("fetchInstaller of a URL that a SHA-512 pins", () => {
  let server: FileServer;
  beforeEach(async () => {
    server = await serveFile({ content });
  });
  afterEach(() => server.close());

  function fetch(pinned: Buffer) {
    const installer = { validator: sha512Validator(hash("sha512", pinned)) };
    const build = buildFor({ folder: folder(), targets: [], context: { installer } });
    const source = { type: "url", url: server.url } as const;
    const plan = { ...build.plan, installer: { ...build.plan.installer, source } };
    return fetchInstaller({ ...build, plan, request: { ...build.request, plan } }, undefined);
  }

  it("takes the file with that hash, and knows its SHA-256 then", async () => {
    assert.equal((await fetch(content)).sha256, hash("sha256", content));
  });

  it("refuses another file, and keeps nothing of it", async () => {
    await assert.rejects(fetch(Buffer.from("another one")), {
      code: "installer.checksum-mismatch",
      message: /The SHA-512 of the downloaded installer is/,
    });
    const left = readdirSync(folder(), { recursive: true, encoding: "utf8" });
    assert.deepEqual(
      left.filter((name) => /\.(?:iso|partial)$/.test(name)),
      [],
    );
  });
});
