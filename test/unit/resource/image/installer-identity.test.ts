import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InstallerIdentity } from "../../../../provider/plan/make-plan";
import {
  forgetIdentity,
  identifyInstaller,
  installerLocation,
} from "../../../../provider/resource/image/installer-identity";
import { StylusError } from "../../../../provider/base/errors";
import { installerSchema } from "../../../../provider/schema/image";
import { serveFile, type FileServer } from "../../../servers/http-files";
import { temporaryFolder } from "../../agent/temporary-folder";

const folder = temporaryFolder();
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
let server: FileServer;
let warnings: string[];
const prepare = async () => {
  server = await serveFile({ content: Buffer.from("installer") });
  warnings = [];
};
const finish = () => server.close();

const identify = (installer: unknown, previous?: InstallerIdentity) =>
  identifyInstaller(installerSchema.parse(installer), {
    rootDirectory: folder(),
    cacheDirectory: join(folder(), "cache"),
    previous,
    warn: (message) => warnings.push(message),
    signal: new AbortController().signal,
  });
const fails = (running: Promise<unknown>, code: string, text: RegExp) =>
  assert.rejects(
    running,
    (error) => error instanceof StylusError && error.code === code && text.test(error.message),
  );

describe("identifyInstaller of a file", () => {
  beforeEach(prepare);
  afterEach(finish);

  beforeEach(() => writeFile(join(folder(), "a.iso"), "installer"));

  it("is its hash, with the path relative to the project's root", async () => {
    assert.deepEqual(await identify("a.iso"), { sha256: sha256("installer") });
  });
  it("is its hash if that is the pinned one", async () => {
    const pinned = { path: "a.iso", sha256: sha256("installer") };
    assert.deepEqual(await identify(pinned), { sha256: sha256("installer") });
  });
  it("rejects a file with another hash than the pinned one, and names both", () =>
    fails(
      identify({ path: "a.iso", sha256: "ab".repeat(32) }),
      "installer.checksum-mismatch",
      new RegExp(
        `${sha256("installer")}, expected ${"ab".repeat(32)}.*correct \`installer.sha256\``,
      ),
    ));
  it("reports a missing file with the next step", () =>
    fails(identify("b.iso"), "installer.not-found", /Correct `installer\.path`.*mounted\?/));

  describe("that cannot be read", () => {
    beforeEach(async () => {
      await mkdir(join(folder(), "folder.iso"));
      await symlink("nowhere", join(folder(), "dangling.iso"));
      await symlink("loop.iso", join(folder(), "loop.iso"));
    });

    const unreadable = {
      "missing.iso": "installer.not-found",
      "folder.iso": "installer.not-found",
      "dangling.iso": "installer.not-found",
      "loop.iso": "installer.not-found",
      "not/mounted/a.iso": "installer.not-found",
      "a.iso/under-a-file": "installer.not-found",
      // As with every error of the system that does not mean that the file is missing.
      [`${"long".repeat(100)}.iso`]: "installer.denied",
    };
    for (const [path, code] of Object.entries(unreadable)) {
      it(`keeps the previous identity, and warns with the path: ${path.slice(0, 20)}`, async () => {
        const before = { sha256: "cd".repeat(32) };
        assert.deepEqual(await identify(path, before), before);
        assert.match(warnings.join(), /could not be checked for changes; the image is kept\./);
        assert.ok(warnings.join().includes(join(folder(), path)));
      });
      it(`is the pinned hash, with a warning: ${path.slice(0, 20)}`, async () => {
        const sha256 = "ab".repeat(32);
        const before = { sha256: "cd".repeat(32) };
        assert.deepEqual(await identify({ path, sha256 }, before), { sha256 });
        assert.match(warnings.join(), /nothing can be built from it here/);
      });
      it(`is an error without a known hash: ${path.slice(0, 20)}`, async () => {
        await fails(identify(path), code, /installer/);
        assert.deepEqual(warnings, []);
      });
    }
  });
});

describe("identifyInstaller of a URL", () => {
  beforeEach(prepare);
  afterEach(finish);

  it("is the pinned hash, without a request", async () => {
    const pin = "ab".repeat(32);
    assert.deepEqual(await identify({ url: server.url, sha256: pin }), { sha256: pin });
    assert.deepEqual(server.log, []);
  });

  it("is the validator of the server, with a request for at most one byte", async () => {
    assert.deepEqual(await identify(server.url), { validator: 'etag "v1"; length 9' });
    assert.deepEqual(
      server.log.map(({ range }) => range),
      ["bytes=0-0"],
    );
  });

  it("is cached, so that preview and up agree", async () => {
    await identify(server.url);
    server.behaviour.etag = '"v2"';
    assert.deepEqual(await identify(`${server.url}?signature=2`), {
      validator: 'etag "v1"; length 9',
    });
    assert.equal(server.log.length, 1);
  });

  it("rejects a server without validators, and says how to pin", async () => {
    server.behaviour.etag = undefined;
    server.behaviour.lastModified = undefined;
    await fails(
      identify(server.url),
      "installer.no-validator",
      /Pin the installer with `installer\.sha256`/,
    );
  });

  it("omits the URL's query from errors", async () => {
    server.behaviour.etag = undefined;
    server.behaviour.lastModified = undefined;
    await fails(identify(`${server.url}?sig=s3cr3t`), "installer.no-validator", /^(?!.*s3cr3t)/s);
  });

  it("sends the headers", async () => {
    await identify({ url: server.url, headers: { "x-token": "t" } });
    assert.equal(server.log[0]?.headers["x-token"], "t");
  });

  describe("with an unreachable server", () => {
    const before = { validator: 'etag "v0"' };
    beforeEach(() => server.close());

    it("keeps the previous identity, and warns", async () => {
      assert.deepEqual(await identify(server.url, before), before);
      assert.match(warnings.join(), /could not be checked for changes; the image is kept\./);
    });
    it("fails without a previous identity", () =>
      fails(identify(server.url), "installer.unreachable", /./));
    it("needs no server if the installer is pinned", async () => {
      const pinned = { url: server.url, sha256: "ab".repeat(32) };
      assert.deepEqual(await identify(pinned, before), { sha256: "ab".repeat(32) });
    });
  });

  for (const [status, code] of [
    [403, "installer.denied"],
    [404, "installer.not-found"],
  ] as const) {
    it(`fails for ${status} without a previous identity`, async () => {
      server.behaviour.status = status;
      await fails(identify(server.url), code, /./);
      assert.deepEqual(warnings, []);
    });

    it(`keeps the previous identity, and warns, for ${status}`, async () => {
      server.behaviour.status = status;
      const before = { validator: "x" };
      assert.deepEqual(await identify(server.url, before), before);
      assert.match(warnings.join(), /could not be checked for changes; the image is kept\./);
    });
  }

  it("is requested once for images that are checked at the same time", async () => {
    const asked = Array.from({ length: 20 }, (_, index) => identify(`${server.url}?sig=${index}`));
    const answers = await Promise.all(asked);
    assert.ok(answers.every(({ validator }) => validator === 'etag "v1"; length 9'));
    assert.equal(server.log.length, 1);
  });

  it("does not share an error with callers that have other credentials", async () => {
    server.behaviour.requiredHeader = { name: "x-token", value: "t" };
    const [refused, found] = await Promise.allSettled([
      identify(server.url),
      identify({ url: server.url, headers: { "x-token": "t" } }),
    ]);
    assert.deepEqual([refused.status, found.status], ["rejected", "fulfilled"]);
  });

  it("is requested again after the cached answer was removed", async () => {
    await identify(server.url);
    server.behaviour.etag = '"v2"';
    const installer = installerSchema.parse(`${server.url}?signature=2`);
    await forgetIdentity(installer, join(folder(), "cache"));
    assert.deepEqual(await identify(server.url), { validator: 'etag "v2"; length 9' });
  });
});

describe("identifyInstaller of a URL with a checksum file", () => {
  beforeEach(prepare);
  afterEach(finish);

  let sums: FileServer;
  beforeEach(async () => {
    sums = await serveFile({
      content: Buffer.from(`${"cd".repeat(32)}  other.iso\n${"ef".repeat(32)}  a.iso\n`),
    });
  });
  afterEach(() => sums.close());
  const installer = (more: object = {}) => ({
    url: `${server.origin}/a.iso`,
    checksumUrl: sums.url,
    ...more,
  });

  it("is the hash of the installer's name in the file, without a request for the installer", async () => {
    assert.deepEqual(await identify(installer()), { sha256: "ef".repeat(32) });
    assert.deepEqual(server.log, []);
  });

  it("is its SHA-512 as a validator, where the file has nothing else", async () => {
    sums.behaviour.content = Buffer.from(`${"ab".repeat(64)}  a.iso\n`);
    assert.deepEqual(await identify(installer()), { validator: `sha512 ${"ab".repeat(64)}` });
  });

  it("is the entry with the installer's path, relative to the checksum file", async () => {
    sums.behaviour.content = Buffer.from(
      `${"cd".repeat(32)}  hwe/a.iso\n${"ef".repeat(32)}  ./netboot/a.iso\n`,
    );
    const url = `${server.origin}/netboot/a.iso`;
    assert.deepEqual(await identify(installer({ url })), { sha256: "ef".repeat(32) });
  });

  it("does not send the installer's headers to another origin", async () => {
    await identify(installer({ headers: { authorization: "Bearer t0ken" } }));
    assert.equal(sums.log[0]?.headers.authorization, undefined);
  });

  it("sends the headers to the installer's own origin", async () => {
    server.behaviour.content = Buffer.from(`${"ef".repeat(32)}  a.iso\n`);
    const own = {
      checksumUrl: `${server.origin}/sums`,
      headers: { authorization: "Bearer t0ken" },
    };
    await identify(installer(own));
    assert.equal(server.log[0]?.headers.authorization, "Bearer t0ken");
  });

  it("is part of the location, without credentials", () => {
    const address = "https://u:p@h/a.iso?sig=1";
    const checksumUrl = "https://u:p@h/sums?sig=2";
    assert.equal(installerLocation(installerSchema.parse(address)), "https://h/a.iso ");
    assert.equal(
      installerLocation(installerSchema.parse({ url: address, checksumUrl })),
      "https://h/a.iso https://h/sums",
    );
  });
});
