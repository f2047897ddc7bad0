import assert from "node:assert/strict";
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ErrorCode } from "../../provider/base/errors";
import type { ImageInput } from "../../provider/schema/image";
import { startFaultProxy, type FaultProxy } from "../servers/fault-proxy";
import { serveFile, type FileServer } from "../servers/http-files";
import { standInInstaller } from "../servers/stand-in";
import { countQemu, type QemuCounter } from "../e2e/qemu-counter";
import { assertFailed, assertNothingLeft, assertNothingPublished } from "./evidence";
import { makePlace, removePlace, type Place } from "./place";
import { startBuild } from "./start-build";

describe("An installer that cannot be used", () => {
  let place: Place;
  let qemu: QemuCounter;
  let server: FileServer;
  let proxy: FaultProxy;
  /** A Trusted Boot ISO is small, and is refused as soon as it is complete. */
  let small: Buffer;

  before(async () => {
    [place, qemu] = [await makePlace(), await countQemu()];
    small = await readFile(await standInInstaller({ variant: "uki" }));
    server = await serveFile({ content: small });
    proxy = await startFaultProxy(Number(new URL(server.origin).port));
  });

  after(async () => {
    await Promise.all([proxy.stop(), server.close(), qemu.remove()]);
    await removePlace(place);
  });

  async function assertRefused(installer: ImageInput["installer"], code: ErrorCode): Promise<void> {
    const build = startBuild(place, { installer }, { path: [qemu.folder] });
    assertFailed(await build.ended, code);
    assert.equal(await qemu.installs(), 0);
    await assertNothingPublished(place);
    await assertNothingLeft(place);
  }

  it("is installer.truncated if a part of it is missing", async () => {
    await truncate(join(place.folder, "installer.iso"), 20_000_000);
    await assertRefused("installer.iso", "installer.truncated");
  });

  it("is installer.not-bootable if it is not an ISO", async () => {
    await writeFile(join(place.folder, "page.iso"), "<html>Sign in</html>\n".repeat(10_000));
    await assertRefused("page.iso", "installer.not-bootable");
  });

  it("is installer.interactive-only if its menu starts an interactive install", async () => {
    const path = await standInInstaller({ variant: "interactive" });
    await assertRefused(path, "installer.interactive-only");
  });

  it("is installer.menu-waits if its menu has no time-out", async () => {
    const iso = await readFile(await standInInstaller());
    const path = join(place.folder, "waits.iso");
    // A comment of the same length in place of the setting.
    const menu = iso.toString("latin1").replaceAll("\nset timeout=1\n", "\n#et timeout=1\n");
    await writeFile(path, menu, "latin1");
    await assertRefused(path, "installer.menu-waits");
    await rm(path);
  });

  it("is installer.trusted-boot if it seals the installed system", async () => {
    await assertRefused(await standInInstaller({ variant: "uki" }), "installer.trusted-boot");
  });

  it("is installer.checksum-mismatch if the server's file is not the pinned one", async () => {
    const installer = { url: `${proxy.endpoint}/pinned.iso`, sha256: "0".repeat(64) };
    await assertRefused(installer, "installer.checksum-mismatch");
  });

  it("is installer.changed if the server's file is not the one that was checked", async () => {
    server.log.length = 0;
    const build = assertRefused(server.url, "installer.changed");
    while (server.log.length === 0) await delay(5);
    server.behaviour.etag = '"v2"';
    await build;
  });

  for (const { title, honoursRanges, share } of [
    { title: "goes on where the connection broke", honoursRanges: true, share: 1 },
    { title: "begins again where the server knows no ranges", honoursRanges: false, share: 1.4 },
  ]) {
    it(`${title}, before it is inspected`, async () => {
      proxy.reset();
      server.behaviour.honoursRanges = honoursRanges;
      proxy.add({
        fault: { type: "cut-download", afterBytes: small.length * 0.4 },
        times: 1,
        when: ({ headers }) => headers.range !== "bytes=0-0",
      });
      const url = `${proxy.endpoint}/${honoursRanges ? "ranges" : "whole"}.iso`;
      await assertRefused(url, "installer.trusted-boot");
      const transfers = proxy.requests.filter(({ headers }) => headers.range !== "bytes=0-0");
      assert.deepEqual(
        transfers.map(({ status }) => status),
        [200, honoursRanges ? 206 : 200],
      );
      // Bytes that the proxy wrote to the socket and that the client did not read are sent twice.
      const sent = transfers.reduce((sum, { sentBytes }) => sum + sentBytes, 0) / small.length;
      assert.ok(sent >= share && sent < share + 0.2, `${sent} times the file was sent`);
    });
  }
});
