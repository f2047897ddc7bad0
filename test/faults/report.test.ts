import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageInput } from "../../provider/schema/image";
import type { ImageState } from "../../provider/schema/state";
import { findSecret, plantedSecrets } from "../e2e/secret-search";
import { useS3Server } from "../real/targets/s3/server";
import { assertFailed, assertSucceeded, evidenceOf } from "./evidence";
import { filesBelow, makePlace, removePlace, type Place } from "./place";
import { inBackground, patience, startBackground } from "./pool";
import { logsOf, startBuild, untilConsoleSays } from "./start-build";

const token = `tok-${crypto.randomUUID()}`;
const password = `correct "horse" & ${crypto.randomUUID()}`;
const secretInputs: Partial<ImageInput> = {
  palette: { endpoint: "api.example.com", edgeHostToken: token },
  users: [{ name: "ops", password, groups: ["admin"] }],
};

const localReport = (place: Place, installKey: string): string =>
  join(place.cache, "logs", installKey, "report.html");
const publishedReports = async (place: Place): Promise<string[]> =>
  (await filesBelow(place.images)).filter((file) => file.endsWith(".html"));

describe("The report of an install", () => {
  let place: Place;
  const made = inBackground(async () => {
    place = await makePlace();
    const build = startBuild(place, { ...secretInputs, formats: ["raw", "qcow2"] });
    return { build, state: assertSucceeded(await build.ended) };
  });
  let state: ImageState;
  let page: string;

  before(async function () {
    this.timeout(patience);
    await startBackground();
    state = (await made).state;
    page = await readFile(localReport(place, state.installKey), "utf8");
  });
  after(async () => {
    await made.catch(() => undefined);
    await removePlace(place);
  });

  it("lists its stages with seconds and bytes", () => {
    for (const stage of ["fetch", "inspect", "seed", "install", "verify", "convert", "publish"]) {
      assert.match(page, new RegExp(`class="stage">${stage}<`));
    }
    assert.match(
      page,
      /stage">install<\/span>\s*<span class="took">[\d.]+ (?:s|min)[^<]*<\/span>\s*<span class="bytes">[\d.]+ MiB</,
    );
    assert.match(page, /a boot of what is to be published/);
    assert.doesNotMatch(page, /failed after/);
  });

  it("shows the screens of the install and of the boot, few and small", () => {
    const pictures = [...page.matchAll(/src="data:image\/png;base64,([^"]+)"/g)].map(([, data]) =>
      Buffer.from(data!, "base64"),
    );
    assert.ok(pictures.length >= 4 && pictures.length <= 16, String(pictures.length));
    for (const picture of pictures) {
      assert.equal(picture.toString("latin1", 1, 4), "PNG");
      assert.ok(picture.length <= 60_000, String(picture.length));
    }
    const different = new Set(pictures.map((picture) => picture.toString("base64")));
    assert.ok(different.size >= 4, String(different.size));
    assert.ok(page.length < 1_500_000, String(page.length));
  });

  it("contains the serial log from the boot loader to the power-off", () => {
    assert.match(page, /GNU GRUB[^]*installing the active system[^]*Boot for verification/);
  });

  it("lists the partitions, the host, the tools and the plaintext secrets of the image", () => {
    for (const text of ["COS_OEM", "COS_STATE", "COS_PERSISTENT", "tcg: TCG was requested."]) {
      assert.ok(page.includes(text), text);
    }
    assert.match(page, /qemu-system-x86_64<\/dt>\s*<dd>\d+\.\d+/);
    assert.match(page, /xorriso<\/dt>\s*<dd>\d+\.\d+/);
    assert.match(page, /Secrets in plain text[^]*stylus\.site\.edgeHostToken/);
  });

  it("lists every artifact with its size, digest and address", () => {
    for (const { uri, sha256, sizeBytes } of state.artifacts) {
      assert.ok(page.includes(uri), uri);
      assert.ok(page.includes(sizeBytes.toLocaleString("en")));
      if (sha256 !== undefined) assert.ok(page.includes(sha256));
    }
    for (const text of [state.installKey, state.contentDigest!, state.installerSha256!]) {
      assert.ok(page.includes(text), text);
    }
  });

  it("contains no secret", () => {
    for (const secret of [token, password]) {
      for (const text of plantedSecrets(secret)) assert.ok(findSecret(page + text, secret));
      assert.equal(findSecret(page, secret), undefined);
      assert.equal(
        findSecret(page.replaceAll("&quot;", '"').replaceAll("&amp;", "&"), secret),
        undefined,
      );
    }
  });

  it("is readable by its owner only, and is published beside the artifacts at the URL in the outputs", async () => {
    const { mode } = await stat(localReport(place, state.installKey));
    assert.equal(mode & 0o777, 0o600);
    const path = fileURLToPath(state.reportUrl!);
    assert.equal(dirname(path), dirname(fileURLToPath(state.artifacts[0]!.uri)));
    assert.equal(await readFile(path, "utf8"), page);
    const sums = await readFile(join(dirname(path), "SHA256SUMS"), "utf8");
    assert.ok(sums.includes(basename(path)));
  });

  it("is named in the log", async () => {
    const { build } = await made;
    assert.ok(
      logsOf(build, "info").some((it) => it.includes(localReport(place, state.installKey))),
    );
  });

  it("describes the install too after a build that adds a format, and its URL stays the same", async () => {
    const build = startBuild(place, { ...secretInputs, formats: ["raw", "qcow2", "vhd"] });
    const more = assertSucceeded(await build.ended);
    assert.equal(more.reportUrl, state.reportUrl);
    assert.equal((await publishedReports(place)).length, 1);
    const now = await readFile(localReport(place, state.installKey), "utf8");
    assert.notEqual(now, page);
    for (const text of ["the base disk is in the cache", "COS_OEM", "GNU GRUB", ".vhd", "tcg: "]) {
      assert.ok(now.includes(text), text);
    }
  }).timeout(patience);
});

describe("The report of a build that fails", () => {
  it("has the cause first, and shows the guest's last screen", async () => {
    await startBackground();
    const place = await makePlace();
    try {
      const build = startBuild(place, { userData: { standin: { fault: "panic" } } });
      const error = assertFailed(await build.ended, "install.panicked");
      const { reports } = await evidenceOf(error);
      assert.equal(reports.length, 1);
      const page = await readFile(reports[0]!, "utf8");
      assert.match(page, /Failed: install\.panicked[^]*<main[^]*kernel panicked: sysrq[^]*Next:/);
      assert.match(page, /class="failed">\s*<span class="stage">install</);
      assert.match(page, /Kernel panic - not syncing: sysrq triggered crash/);
      assert.ok([...page.matchAll(/data:image\/png/g)].length >= 2);
      assert.deepEqual(await publishedReports(place), []);
    } finally {
      await removePlace(place);
    }
  }).timeout(patience);
});

describe("The report of a build that was cancelled", () => {
  it("shows the stage that was cancelled; there is no error code and no file", async () => {
    await startBackground();
    const place = await makePlace();
    try {
      const build = startBuild(place, secretInputs);
      await untilConsoleSays(build, /GRUB/);
      build.cancel();
      const { error } = await build.ended;
      assert.equal(error?.code, "build.cancelled");
      assert.equal(error.details.files, undefined);
      const [key] = await readdir(join(place.cache, "logs"));
      const page = await readFile(localReport(place, key!), "utf8");
      assert.match(
        page,
        /Failed: build\.cancelled[^]*class="failed">\s*<span class="stage">install</,
      );
      assert.equal(findSecret(page, token), undefined);
    } finally {
      await removePlace(place);
    }
  }).timeout(patience);
});

describe("The report of a build without an install", () => {
  let place: Place;
  const server = useS3Server();
  before(async () => {
    place = await makePlace();
  });
  after(() => removePlace(place));
  const build = (input: Partial<ImageInput> = {}) => {
    const started = startBuild(place, { ...secretInputs, ...input }, { agent: "without QEMU" });
    return started.ended.then((outcome) => ({ outcome, started }));
  };

  it("is not changed by a build that has nothing to do", async () => {
    const first = assertSucceeded((await build()).outcome);
    const path = localReport(place, first.installKey);
    const before = await stat(path);
    const second = assertSucceeded((await build()).outcome);
    assert.equal(second.reportUrl, first.reportUrl);
    assert.equal((await stat(path)).ino, before.ino);
    assert.equal((await publishedReports(place)).length, 1);
  });

  it("is a page in a bucket, and another machine finds it there", async () => {
    const publishTo = [server().spec()];
    const state = assertSucceeded((await build({ publishTo })).outcome);
    assert.match(
      state.reportUrl ?? "",
      /^http:.*\/image-[0-9a-f]{12}\/image-report-[0-9a-f]{12}\.html$/,
    );
    const put = server().proxy.requests.filter(
      ({ method, path }) => method === "PUT" && path.includes(".html"),
    );
    assert.equal(put.length, 1);
    const other = await makePlace();
    try {
      const build = startBuild(other, { ...secretInputs, publishTo }, { agent: "without QEMU" });
      const adopted = assertSucceeded(await build.ended);
      assert.equal(adopted.reportUrl, state.reportUrl);
      assert.deepEqual(await readdir(join(other.cache, "logs")).catch(() => []), []);
    } finally {
      await removePlace(other);
    }
  });

  it("causes a warning if it cannot be published", async () => {
    server().proxy.add({
      fault: { type: "status", status: 403 },
      when: ({ method, path }) => method === "PUT" && path.includes(".html"),
    });
    const publishTo = [server().spec({ prefix: "refused" })];
    const { outcome, started } = await build({ publishTo });
    const state = assertSucceeded(outcome);
    assert.equal(state.reportUrl, undefined);
    assert.match(
      logsOf(started, "warning").join("\n"),
      /The report could not be published at s3:.*\[?publish\.denied\]?/,
    );
  });

  it("causes a warning if it cannot be written", async () => {
    const blocked = await makePlace();
    try {
      await mkdir(blocked.cache);
      // A file where the folder should be.
      await writeFile(join(blocked.cache, "logs"), "");
      const started = startBuild(blocked, secretInputs, { agent: "without QEMU" });
      const { reportUrl } = assertSucceeded(await started.ended);
      assert.equal(reportUrl, undefined);
      assert.match(logsOf(started, "warning").join("\n"), /No report could be written: ENOTDIR/);
    } finally {
      await removePlace(blocked);
    }
  });
});
