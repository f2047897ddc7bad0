import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { prose } from "../../provider/report/html";
import type { ErrorCode, StylusError } from "../../provider/base/errors";
import type { ImageInput } from "../../provider/schema/image";
import { standInInstaller } from "../servers/stand-in";
import { findSecret } from "../e2e/secret-search";
import { assertFailed, assertNothingLeft, assertNothingPublished, evidenceOf } from "./evidence";
import { inBackground, patience, startBackground } from "./pool";
import { makePlace, removePlace, type Place } from "./place";
import { startBuild } from "./start-build";

export interface Failure {
  /** The guest's action: the end of the test's title. */
  readonly when: string;
  readonly code: ErrorCode;
  /** The value of `standin.fault`, a setting of the stand-in installer. */
  readonly fault?: string;
  readonly input?: Partial<ImageInput>;
  readonly userData?: Readonly<Record<string, unknown>>;
  /** A cloud-config on the installer's ISO, which the installer merges with the user-data. */
  readonly carried?: string;
  /** Pattern in the error message, which often quotes the console. */
  readonly says: RegExp;
  /** `screen`: there is a screenshot too, because the guest did not power off by itself. */
  readonly evidence: "screen" | "serial log";
}

const token = `tok-${crypto.randomUUID()}`;

/** One test per failure: its code and evidence, no secret in it, nothing published, and nothing left behind. */
export function testFailures(failures: readonly Failure[]): void {
  const places: Place[] = [];
  const builds = failures.map((failure) =>
    inBackground(async () => {
      const place = await makePlace();
      places.push(place);
      const input = { ...inputFor(failure), ...(await installerWith(failure.carried)) };
      return { place, outcome: await startBuild(place, input).ended };
    }),
  );

  before(startBackground);

  after(async () => {
    await Promise.allSettled(builds);
    await Promise.all(places.map(removePlace));
  });

  failures.forEach(({ when, code, says, evidence }, index) => {
    it(`is ${code} when it ${when}`, async () => {
      const { place, outcome } = await builds[index]!;
      const error = assertFailed(outcome, code);
      assert.match(error.message, says);
      assert.notEqual(error.details.tail ?? "", "");
      const { serialLogs, pictures, reports } = await evidenceOf(error);
      assert.equal(serialLogs.length, 1);
      assert.equal(pictures.length, evidence === "screen" ? 1 : 0);
      assert.equal(findSecret(error.message, token), undefined);
      await assertReported(reports, error, evidence);
      await assertNothingPublished(place);
      await assertNothingLeft(place);
    }).timeout(patience);
  });
}

/** Checks that there is one report with the cause, without screenshots of a guest that printed a token. */
async function assertReported(
  reports: readonly string[],
  error: StylusError,
  evidence: Failure["evidence"],
): Promise<void> {
  const [path, ...more] = reports;
  assert.ok(path !== undefined && more.length === 0, "one report");
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const page = await readFile(path, "utf8");
  assert.ok(page.indexOf(`Failed: ${error.code}`) < page.indexOf("<main"));
  assert.ok(page.includes(prose(error.details.next).toString()));
  // The token is not printed by an installer that refuses its user-data, nor by an installed system.
  const saysToken = /^&lt;secret&gt;/m.test(page);
  const machines = stripsOf(page);
  const titles = machines.map(({ title }) => title);
  // A disk that is found to be incomplete is not booted.
  const wasBooted = error.code.startsWith("verify.") && evidence === "screen";
  assert.deepEqual(titles, wasBooted ? ["Install", "Boot for verification"] : ["Install"]);
  assert.deepEqual(
    machines.map(({ isWithheld }) => isWithheld),
    titles.map((title) => title === "Install" && saysToken),
  );
  for (const { title, isWithheld, hasPictures } of machines) {
    assert.equal(hasPictures, !isWithheld, title);
  }
  assert.equal(findSecret(page, token), undefined);
}

/** The screenshots of each machine in the report. */
function stripsOf(page: string) {
  const screens = /<section[^>]* id="screenshots".*?<\/section>/s.exec(page)?.[0] ?? "";
  return screens
    .split("<h3>")
    .slice(1)
    .map((strip) => ({
      title: strip.slice(0, strip.indexOf("</h3>")),
      isWithheld: strip.includes("The screenshots are left out"),
      hasPictures: strip.includes("data:image/png"),
    }));
}

async function installerWith(userData: string | undefined): Promise<Partial<ImageInput>> {
  if (userData === undefined) return {};
  return { installer: await standInInstaller({ variant: "embedded", userData }) };
}

/** Every guest prints the token on its console. */
function inputFor({ fault, input, userData }: Failure): Partial<ImageInput> {
  const sayToken = `echo "the token is ${token}" > /dev/ttyS0`;
  return {
    palette: { endpoint: "api.example.com", edgeHostToken: token },
    ...input,
    userData: {
      ...(fault !== undefined && { standin: { fault } }),
      stages: { "before-install": [{ commands: [sayToken] }] },
      ...userData,
    },
  };
}

/** Minutes without a sign of life, doubled under TCG. Shorter than for a real installer, to save time. */
export const shortStall = 0.5;
