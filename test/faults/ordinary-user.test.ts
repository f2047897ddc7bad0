import { execa } from "execa";
import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { findSecret, plantedSecrets } from "../e2e/secret-search";
import { bootLoaderOf } from "./boot-loader";
import { assertNothingLeft, assertSucceeded } from "./evidence";
import { forbiddenKvm } from "./mounts";
import {
  filesBelow,
  giveToOrdinaryUser,
  makePlace,
  ordinaryUser,
  removePlace,
  type Place,
} from "./place";
import { startBackground } from "./pool";
import { logTools, type ToolLog } from "./tool-log";
import { startSampling, textOf, type Samples } from "./sampler";
import {
  consoleOf,
  logsOf,
  smallMachine,
  startBuild,
  type Outcome,
  type StartedBuild,
} from "./start-build";

const token = `tok-'${crypto.randomUUID()}'/edge+host&token=`;
const password = `correct "horse" ${crypto.randomUUID()}`;

/** One build shows all of it, for each install takes its time. */
describe("A build by an ordinary user without access to KVM, with secrets in the user-data", () => {
  let place: Place;
  let build: StartedBuild;
  let outcome: Outcome;
  let samples: Samples;
  let tools: ToolLog;

  before(startBackground);
  before(async () => {
    place = await makePlace();
    tools = await logTools(place);
    await giveToOrdinaryUser(place);
    const sampler = startSampling(place);
    build = startBuild(place, input, {
      user: "ordinary",
      path: [tools.folder],
      mounts: forbiddenKvm(join(place.folder, "dev")),
    });
    outcome = await build.ended;
    samples = await sampler.stop();
  });

  after(() => removePlace(place));

  const input = {
    palette: { endpoint: "api.example.com", edgeHostToken: token },
    users: [{ name: "ops", password }],
    machine: { ...smallMachine, accelerator: "auto" as const },
    userData: {
      standin: { "delayed-poweroff": 15 },
      // The guest says aloud what it should not.
      stages: {
        "before-install": [{ commands: [`cat <<'END' > /dev/ttyS0\nsaid ${token}\nEND`] }],
      },
    },
  };

  it("waits for an installer that powers off late, and installs, verifies and publishes", async () => {
    const state = assertSucceeded(outcome);
    assert.deepEqual(await bootLoaderOf(state), {
      partition: "bios",
      biosCode: true,
      efiFiles: [],
    });
    assert.ok(consoleOf(build).some((line) => /going down later/.test(line)));
    await assertNothingLeft(place);
  });

  it("needs no privileges: its files belong to that user", async () => {
    const files = [...(await filesBelow(place.images)), ...(await filesBelow(place.cache))];
    assert.ok(files.length > 5);
    for (const file of files) assert.equal((await stat(file)).uid, ordinaryUser, file);
  });

  it("falls back to TCG and says why", () => {
    const lines = logsOf(build, "info");
    assert.ok(
      lines.some((line) => /tcg: .*may not be opened by this user/.test(line)),
      lines.join(),
    );
  });

  it("would find a secret in the samples, if there were one", async () => {
    const sampler = startSampling(place);
    await execa("sleep", ["1"], {
      env: { TMPDIR: place.temporary, PLANTED: token },
      argv0: password,
    });
    const { processes } = await sampler.stop();
    const text = [...processes].join("\n");
    for (const secret of [token, password]) assert.equal(findSecret(text, secret), secret);
    for (const secret of [token, password]) {
      for (const planted of plantedSecrets(secret)) assert.ok(findSecret(planted, secret));
    }
  });

  it("has its secrets in no command line, no environment and no event", async () => {
    const started = await tools.read();
    for (const name of ["xorriso", "qemu-img", "debugfs", "-name\0stylus-image"]) {
      assert.ok(started.includes(name), name);
    }
    assert.ok([...samples.processes].some((text) => /agent\/main\.js/.test(text)));
    assert.ok(consoleOf(build).some((line) => line.includes("<secret>")));
    const said = [JSON.stringify(build.events), JSON.stringify(outcome)];
    for (const secret of [token, password]) {
      for (const text of [started, ...samples.processes, ...said]) {
        assert.equal(findSecret(text, secret), undefined, text);
      }
    }
  });

  it("has its secrets in no file but the disk images", async () => {
    const files = [...(await filesBelow(place.images)), ...(await filesBelow(place.cache))];
    assert.ok(files.some((file) => file.endsWith("install-serial.log")));
    for (const file of files) {
      const text = await textOf(file);
      for (const secret of [token, password])
        assert.equal(findSecret(text, secret), undefined, file);
    }
  });

  it("makes files that may hold a secret readable by their owner only, at any time", () => {
    const secret = /seed|disk\.raw|overlay|serial|screen|user-data/;
    const open = [...samples.openFiles].filter((file) => secret.test(file));
    assert.deepEqual(open, []);
  });
});
