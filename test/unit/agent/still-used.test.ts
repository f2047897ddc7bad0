import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isStillUsed } from "../../../provider/agent/still-used";
import { directoryTarget } from "../../../provider/targets/directory/target";
import type { AgentEvent } from "../../../provider/plan/events";
import { buildFor, publicationAt } from "./samples";
import { temporaryFolder } from "./temporary-folder";

const folder = temporaryFolder();

describe("an obsolete file", () => {
  const target = (path: string) =>
    directoryTarget(
      { type: "directory", path },
      { rootDirectory: folder(), cacheDirectory: join(folder(), "cache") },
    );
  const file = (path: string, name = "edge-1/edge-2.raw") => ({
    ...publicationAt(`directory:${path}`),
    uri: pathToFileURL(join(folder(), path, name)).href,
  });
  let events: AgentEvent[];
  const isUsed = async (wanted: ReturnType<typeof file>): Promise<boolean> => {
    const targets = ["a", "link", "b"].map(target);
    const build = buildFor({ folder: folder(), targets, events });
    return isStillUsed(build, target("a"), file("a"), [wanted]);
  };
  beforeEach(async () => {
    events = [];
    await mkdir(join(folder(), "a"));
    await mkdir(join(folder(), "b"));
    await symlink(join(folder(), "a"), join(folder(), "link"));
  });

  it("is still used if another target is the same place and has a file of its name", async () => {
    assert.equal(await isUsed(file("link")), true);
    assert.deepEqual(events, []);
  });

  it("is not used by a file of another name, or at another place", async () => {
    assert.equal(await isUsed(file("link", "edge-1/edge-3.raw")), false);
    assert.equal(await isUsed(file("b")), false);
  });

  it("counts as used, with a warning, if nothing can be proven about the other place", async () => {
    await mkdir(join(folder(), "b", ".stylus-image"));
    await writeFile(join(folder(), "b", ".stylus-image", "place.json"), "{");
    assert.equal(await isUsed(file("b")), true);
    assert.match(
      JSON.stringify(events),
      /edge-2\.raw is no longer requested, but was not removed: .*directory:b/,
    );
  });
});
