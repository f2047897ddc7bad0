import assert from "node:assert/strict";
import type { Build } from "../../../../provider/agent/context";
import { findOrBuild } from "../../../../provider/agent/find-or-build";
import { identify } from "../../../../provider/agent/identify";
import { withProblemsOfAllTargets } from "../../../../provider/agent/stages/check-targets";
import { StylusError, type ErrorCode } from "../../../../provider/base/errors";
import { GiB, MiB } from "../../../../provider/base/size";
import { addPublication, claimHead } from "../../../../provider/records/record";
import type { PublishNeeds } from "../../../../provider/targets/access";
import type { Target } from "../../../../provider/targets/target";
import { fails } from "../../../support/failures";
import { memoryTarget, type MemoryTarget } from "../memory-target";
import { buildFor, entryOf, head, installKey, publicationAt, signal } from "../samples";
import { temporaryFolder } from "../temporary-folder";

const folder = temporaryFolder();
const denied = (what: string, code: ErrorCode = "publish.denied") =>
  new StylusError(code, { what, next: "Correct it." });

describe("the check of targets before a build", () => {
  let asked: (readonly [string, PublishNeeds])[];
  let [a, b]: MemoryTarget[] = [];
  const open = (name: string): MemoryTarget => memoryTarget(name, folder());
  /** The same target, which refuses. */
  const checked = (target: Target, ...problems: readonly StylusError[]): Target => ({
    ...target,
    checkAccess: (needs) => {
      asked.push([target.id, needs]);
      return Promise.resolve({ problems, warnings: [] });
    },
  });
  beforeEach(() => {
    asked = [];
    [a, b] = [open("a"), open("b")];
  });
  const buildWith = (...targets: readonly Target[]) =>
    buildFor({ folder: folder(), targets, formats: ["raw"] });
  const publishAt = async (target: MemoryTarget): Promise<void> => {
    const publication = publicationAt(target.id, "raw");
    await claimHead(target.records, head, signal);
    await addPublication(target.records, installKey, entryOf(publication), signal);
    target.there.add(publication.uri);
  };

  it("asks no target of an image that is complete", async () => {
    await publishAt(a!);
    const build = buildWith(checked(a!, denied("Never asked.")));
    assert.equal((await findOrBuild(build, {})).complete, true);
    assert.deepEqual(asked, []);
  });

  it("asks only the targets that lack something, for what they lack, before a disk is made", async () => {
    await publishAt(a!);
    const build = buildWith(checked(a!, denied("Never asked.")), checked(b!, denied("No.")));
    const made: string[] = [];
    const makeDisk = (): Promise<void> => Promise.resolve(void made.push("disk"));
    await assert.rejects(findOrBuild({ ...build, makeDisk }, {}), fails("publish.denied", /^No\./));
    assert.deepEqual(asked, [
      [b!.id, { formats: ["raw"], leastBytes: 2 * MiB, diskBytes: 100 * GiB }],
    ]);
    assert.deepEqual(made, []);
  });

  it("asks before the installer is fetched, if nothing else tells which image it makes", async () => {
    const build = buildWith(checked(a!, denied("No.")), checked(b!));
    const source = { type: "path", path: "/nowhere/installer.iso" } as const;
    const unknown: Build = {
      ...build,
      plan: { ...build.plan, installKey: undefined, installer: { source, kind: "auto" } },
    };
    await assert.rejects(identify(unknown), fails("publish.denied", /^No\./));
    assert.equal(asked.length, 2);
  });

  it("asks all targets when the first one fails in use, and each of them once", async () => {
    const build = buildWith(
      checked(a!, denied("No bucket.", "publish.not-found")),
      checked(b!, denied("No.")),
    );
    const thrown = denied("Cannot write the record.");
    const error = await withProblemsOfAllTargets(build, thrown);
    assert.ok(error instanceof StylusError);
    assert.match(error.message, /No bucket\..*No\./s);
    await withProblemsOfAllTargets(build, thrown);
    assert.equal(asked.length, 2);
  });

  it("keeps an error that the targets do not explain, and one of another kind", async () => {
    const build = buildWith(checked(a!));
    const thrown = denied("Cannot write the record.");
    assert.equal(await withProblemsOfAllTargets(build, thrown), thrown);
    assert.equal(asked.length, 1);
    const other = denied("Stalled.", "install.stalled");
    const refusing = buildWith(checked(a!, denied("No.")));
    assert.equal(await withProblemsOfAllTargets(refusing, other), other);
    assert.equal(asked.length, 1);
  });
});
