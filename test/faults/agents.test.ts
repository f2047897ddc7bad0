import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildFailure } from "../../provider/hosts/host";
import { localHost } from "../../provider/hosts/local";
import type { BuildRequest } from "../../provider/plan/plan";
import { asStylusError, type ErrorCode } from "../../provider/base/errors";
import { assertFailed, assertNothingLeft, assertNothingPublished } from "./evidence";
import { writeLauncher } from "./launcher";
import { makePlace, removePlace, type Place } from "./place";
import { requestFor } from "./start-build";

const { signal } = new AbortController();

describe("An agent that fails", () => {
  let place: Place;
  let request: BuildRequest;

  before(async () => {
    place = await makePlace();
    request = await requestFor(place, {}, signal);
  });

  after(() => removePlace(place));

  async function assertFails(
    agentPath: string,
    asked: BuildRequest,
    code: ErrorCode,
    ...says: readonly RegExp[]
  ): Promise<void> {
    const building = localHost({ agentPath }).build(asked, () => undefined, signal);
    const error = await building.then(
      () => undefined,
      (thrown: unknown) => asStylusError(thrown instanceof BuildFailure ? thrown.cause : thrown),
    );
    const { message } = assertFailed({ state: undefined, error }, code);
    for (const pattern of says) assert.match(message, pattern);
    await assertNothingPublished(place);
    await assertNothingLeft(place);
  }

  async function program(text: string): Promise<string> {
    const path = join(place.folder, `${crypto.randomUUID()}.js`);
    await writeFile(path, text);
    return path;
  }

  it("is host.agent-died if it exits without a result, with its standard error", async () =>
    assertFails(
      await program('throw new Error("Cannot find module zod");'),
      request,
      "host.agent-died",
      /The agent ended without a result \(exit code 1\)/,
      /Run it again; it continues from the finished stages/,
      /last output:\n(.*\n)*.*Cannot find module zod/,
    ));

  it("is host.agent-died if it writes something that is not an event", async () =>
    assertFails(
      await program('console.log("Debugger attached.");'),
      request,
      "host.agent-died",
      /The agent wrote a line that is not an event/,
      /Another program wrote to its standard output/,
      /Reinstall pulumi-stylus-image/,
      /Debugger attached\./,
    ));

  it("is user-data.refused if the user-data is larger than the installer reads", async () =>
    assertFails(
      await writeLauncher(place),
      { ...request, userData: { ...request.userData, notes: "x".repeat(1_000_000) } },
      "user-data.refused",
      /The user-data is 1000\d{3} bytes long; the installer skips more than 1000000/,
      /Move large files out of the user-data/,
    ));

  it("is internal if it is older than the plan that it receives", async () =>
    assertFails(
      await writeLauncher(place),
      { ...request, plan: { ...request.plan, recipe: "of-tomorrow" } },
      "internal",
      /The plan asks for recipe of-tomorrow, which this agent does not know/,
      /Install the same version of pulumi-stylus-image on the build host/,
    ));
});
