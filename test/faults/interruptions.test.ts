import assert from "node:assert/strict";
import { countQemu, type QemuCounter } from "../e2e/qemu-counter";
import {
  assertFailed,
  assertNothingLeft,
  assertNothingPublished,
  assertSucceeded,
  evidenceOf,
} from "./evidence";
import { filesBelow, makePlace, removePlace, type Place } from "./place";
import { startBackground } from "./pool";
import { agentProcess, eventually, everythingEnded, findProcess, qemuProcess } from "./processes";
import { startBuild, untilConsoleSays, type StartedBuild } from "./start-build";

/** The next test goes on where the one before it was interrupted: every "the next build works" is shown by it. */
describe("An interrupted build", () => {
  let place: Place;
  let qemu: QemuCounter;

  before(startBackground);
  before(async () => {
    [place, qemu] = [await makePlace(), await countQemu()];
  });

  after(async () => {
    await qemu.remove();
    await removePlace(place);
  });

  const start = (): StartedBuild => startBuild(place, {}, { path: [qemu.folder] });

  async function startInstall(): Promise<StartedBuild> {
    const build = start();
    await untilConsoleSays(build, /installing the active system/);
    return build;
  }

  async function killProcess(program: RegExp): Promise<void> {
    process.kill((await findProcess(place, program)).pid, "SIGKILL");
  }

  it("ends QEMU and cleans up if it is cancelled during the install", async () => {
    const build = await startInstall();
    build.cancel();
    const { message } = assertFailed(await build.ended, "build.cancelled");
    assert.match(message, /was cancelled.*Run it again/);
    await assertNothingLeft(place);
    await assertNothingPublished(place);
  });

  it("reports that QEMU died if it is killed, with the end of the console", async () => {
    const build = await startInstall();
    await killProcess(qemuProcess);
    const error = assertFailed(await build.ended, "install.qemu-died");
    assert.match(error.details.tail ?? "", /installing the active system/);
    assert.equal((await evidenceOf(error)).serialLogs.length, 1);
    await assertNothingLeft(place);
    await assertNothingPublished(place);
  });

  it("leaves no QEMU behind if its agent is killed", async () => {
    const build = await startInstall();
    await killProcess(agentProcess);
    const { message } = assertFailed(await build.ended, "host.agent-died");
    assert.match(message, /It was killed.*Run it again; it continues from the finished stages/);
    await everythingEnded(place);
    await assertNothingPublished(place);
  });

  it("publishes nothing if its agent is killed between install and verification", async () => {
    const build = start();
    await eventually("the disk has passed its check", async () =>
      (await filesBelow(place.cache)).some((file) => file.endsWith("/installed.json")),
    );
    await killProcess(agentProcess);
    assertFailed(await build.ended, "host.agent-died");
    await everythingEnded(place);
    await assertNothingPublished(place);
  });

  it("continues from there: it is verified and published without another install", async () => {
    const [installs, verifications] = [await qemu.installs(), await qemu.verifications()];
    const { artifacts } = assertSucceeded(await start().ended);
    assert.equal(artifacts.length, 1);
    assert.equal(await qemu.installs(), installs);
    assert.equal(await qemu.verifications(), verifications + 1);
    await everythingEnded(place);
  });
});
