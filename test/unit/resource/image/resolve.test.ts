import assert from "node:assert/strict";
import { join } from "node:path";
import { directoryRecords } from "../../../../provider/targets/directory/records";
import { claimHead } from "../../../../provider/records/record";
import { latestRecipe } from "../../../../provider/plan/recipe";
import {
  completeImage,
  resolveForCheck,
  recipeNotice,
  resolveImage,
} from "../../../../provider/resource/image/resolve";
import type { Resolved } from "../../../../provider/resource/image/resolved";
import { resolveAdopted } from "../../../../provider/resource/image/resolve-adopted";
import { StylusError } from "../../../../provider/base/errors";
import { generateUserData, userDataDigest } from "../../../../provider/plan/user-data/generate";
import { parseSpec, requireImageSpec, requireSpec } from "../../../../provider/schema/parse";
import { siteSeedSchema } from "../../../../provider/schema/site-seed";
import { digest, head, installKey, signal } from "../../agent/samples";
import { temporaryFolder } from "../../agent/temporary-folder";
import { heardCall } from "../samples";
import { publicKey } from "../../plan/user-data/public-key";

const good = {
  installer: { url: "https://h/a.iso", sha256: digest("c") },
  publishTo: [{ type: "directory", path: "a" }],
};
const context = {
  rootDirectory: "/project",
  cacheDirectory: "/nowhere",
  warn: () => undefined,
  signal: new AbortController().signal,
};
const resolve = (change: object = {}, previous?: Resolved) =>
  resolveImage(requireImageSpec({ ...good, ...change }), { ...context, previous });

describe("resolveImage", () => {
  it("uses the latest recipe for a new image", async () => {
    assert.equal((await resolve()).resolved.recipe, latestRecipe);
  });

  it("keeps a supported recipe, and rejects one of a newer version", async () => {
    const { resolved } = await resolve();
    assert.equal((await resolve({}, resolved)).resolved.recipe, resolved.recipe);
    await assert.rejects(
      resolve({}, { ...resolved, recipe: "999" }),
      (error) =>
        error instanceof StylusError && /recipe 999.*`recipe: "latest"`/.test(error.message),
    );
  });

  it("uses the latest recipe with `recipe: latest`", async () => {
    const { resolved } = await resolve();
    const image = await resolve({ recipe: "latest" }, { ...resolved, recipe: "999" });
    assert.equal(image.resolved.recipe, latestRecipe);
  });

  it("keeps only hashes, without user-data and secrets", async () => {
    const secret = "s3cr3t-token";
    const { resolved } = await resolve({
      installer: { ...good.installer, headers: { authorization: secret } },
      palette: { endpoint: "api.example.com", edgeHostToken: secret },
    });
    assert.doesNotMatch(JSON.stringify(resolved), /s3cr3t|example/);
    assert.deepEqual(Object.keys(resolved).sort(), [
      "installKey",
      "installer",
      "installerSource",
      "recipe",
      "userDataDigest",
    ]);
  });

  it("does not warn about the user-data of an adopted image", async () => {
    const palette = { endpoint: "api.example.com", edgeHostToken: "t" };
    assert.notDeepEqual((await resolve({ palette })).warnings, []);
    const adopted = await resolve({ palette, adopt: installKey });
    assert.deepEqual([adopted.warnings, adopted.resolved.installKey], [[], installKey]);
  });

  it("reports every problem of the user-data with its path", async () => {
    await assert.rejects(
      resolve({ palette: { endpoint: "a/b" }, userData: { install: { reboot: true } } }),
      (error) => {
        assert.ok(error instanceof StylusError);
        assert.equal(error.code, "input.invalid");
        const paths = error.details.problems?.map(({ path }) => path);
        assert.deepEqual(paths, [
          "palette.endpoint",
          "userData.install.reboot",
          "palette.edgeHostToken",
        ]);
        return true;
      },
    );
  });
});

describe("resolveImage of an adopted image", () => {
  const folder = temporaryFolder();
  const adopt = installKey;
  const resolveIn = (previous?: Resolved) => {
    const call = heardCall();
    const spec = requireImageSpec({ ...good, installer: undefined, adopt });
    const places = { rootDirectory: folder(), cacheDirectory: folder() };
    const context_ = { ...context, ...places, warn: call.log.warn, previous };
    return resolveAdopted(spec, digest("a"), context_).then((resolved) => ({ resolved, ...call }));
  };

  it("ignores the installer, and uses the recipe of the image", async () => {
    await claimHead(directoryRecords(join(folder(), "a"), "a"), { ...head, recipe: "1" }, signal);
    const { resolved, warnings } = await resolveIn();
    assert.deepEqual([resolved.installKey, resolved.recipe], [adopt, "1"]);
    assert.deepEqual([resolved.installer, resolved.requestKey], [{}, undefined]);
    assert.deepEqual(warnings, []);
  });

  it("warns if there is no record yet, and does not look again after adoption", async () => {
    const { resolved, warnings } = await resolveIn();
    assert.match(warnings[0] ?? "", /No record of the image 1{64}[^]*directory:a: has no such/);
    const again = await resolveIn({ ...resolved, recipe: "1" });
    assert.deepEqual(again.warnings, []);
  });
});

describe("recipeNotice", () => {
  it("exists for a newer recipe, and not for the latest", () => {
    assert.match(
      recipeNotice({}, "1", "2") ?? "",
      /Recipe 2 is available.*recipe 1.*`recipe: "latest"`/,
    );
    assert.equal(recipeNotice({}, "2", "2"), undefined);
    assert.equal(recipeNotice({}, latestRecipe), undefined);
  });

  it("does not exist for an adopted image", () => {
    assert.equal(recipeNotice({ adopt: installKey }, "1", "2"), undefined);
  });
});

describe("completeImage of a seed", () => {
  it("keeps the bytes of a seed whose users an earlier version wrote for Kairos only", async () => {
    const users = [{ name: "ops", passwordHash: "$6$saltsalt$abc" }];
    const { publishTo } = good;
    const spec = requireSpec(parseSpec(siteSeedSchema, { users, publishTo }));
    const { resolved, userData } = await resolveImage(spec, context);
    assert.deepEqual(Object.keys(userData).sort(), ["stages", "users"]);
    const former = { stages: userData.stages ?? null };
    const old = { ...resolved, userDataDigest: userDataDigest(former) };
    const image = await completeImage(spec, old, context);
    assert.equal(image.resolved, old);
    assert.deepEqual(image.userData, former);
  });

  it("keeps these bytes after its user-data is written in another form of the same meaning", async () => {
    const users = [{ name: "ops", passwordHash: "$6$saltsalt$abc" }];
    const { publishTo } = good;
    const specOf = (userData: string) =>
      requireSpec(parseSpec(siteSeedSchema, { users, publishTo, userData }));
    const [before, after] = [specOf("hostname: edge"), specOf('hostname: "edge"')];
    const { resolved, userData } = await resolveImage(before, context);
    const former = { hostname: "edge", stages: userData.stages ?? null };
    const previous = { ...resolved, userDataDigest: userDataDigest(former) };
    const checked = await resolveForCheck(after, { ...context, previous, previousSpec: before });
    assert.equal(checked.resolved.sameUserDataDigest, resolved.userDataDigest);
    assert.deepEqual((await completeImage(after, checked.resolved, context)).userData, former);
  });
});

describe("user-data that an earlier version accepted, and this one refuses", () => {
  const refused = { install: { reboot: true } };
  const generic = {
    installer: { ...good.installer, kind: "generic" },
    userData: { bootcmd: "date" },
  };
  const second = [...good.publishTo, { type: "directory", path: "b" }];
  const seedOf = (change: object) =>
    requireSpec(parseSpec(siteSeedSchema, { publishTo: good.publishTo, ...change }));
  const imageOf = (change: object) => requireImageSpec({ ...good, ...change });
  const kinds = [
    ["an image", imageOf, { userData: refused }],
    ["a generic image", imageOf, generic],
    ["a seed", seedOf, { userData: { users: ["default"] } }],
  ] as const;
  for (const [what, specOf, inputs] of kinds) {
    const before = specOf(inputs);
    const after = specOf({ ...inputs, publishTo: second });
    const existing = async (change?: Partial<Resolved>): Promise<Resolved> => {
      const { userData, singleHost, installer, machine } = before;
      const reader = what === "a seed" ? ("site" as const) : (installer?.kind ?? "auto");
      const { diskSize } = machine;
      const part = generateUserData({ userData, reader, singleHost, diskSize });
      assert.notDeepEqual(part.problems, []);
      const { resolved } = await resolveImage({ ...before, userData: undefined }, context);
      return { ...resolved, userDataDigest: userDataDigest(part.document), ...change };
    };
    const check = async (spec: typeof before, previous: Resolved) => {
      const { warnings: told, log } = heardCall();
      const places = { ...context, warn: log.warn, previous, previousSpec: before };
      return { ...(await resolveForCheck(spec, places)), told };
    };

    it(`stays with ${what} whose other inputs change, with one warning`, async () => {
      const { told, resolved } = await check(after, await existing());
      assert.equal(told.length, 1);
      assert.match(told[0] ?? "", /does not do all that is written.*Correct it.*userData\./);
      const image = await completeImage(after, resolved, context);
      assert.deepEqual(image.resolved, resolved);
      assert.equal(userDataDigest(image.userData), resolved.userDataDigest);
    });

    it(`is refused in the preview if this version would write other user-data of ${what}`, async () => {
      const previous = await existing({ userDataDigest: digest("0") });
      await assert.rejects(check(after, previous), { message: /userData\./ });
    });

    it(`is refused if it changes, and not told while nothing changes, of ${what}`, async () => {
      const previous = await existing();
      const changed = specOf({ ...inputs, userData: { ...inputs.userData, hostname: "b" } });
      await assert.rejects(check(changed, previous), { message: /userData\./ });
      assert.deepEqual((await check(before, previous)).told, []);
    });
  }
});

describe("completeImage", () => {
  const spec = requireImageSpec(good);

  it("uses the result of check, and merges the user-data again", async () => {
    const { resolved, userData } = await resolve();
    const checked = { ...resolved, installKey: digest("7") };
    const image = await completeImage(spec, checked, context);
    assert.deepEqual(image.resolved, checked);
    assert.deepEqual(image.userData, userData);
  });

  it("resolves again if another version of the package merges differently", async () => {
    const { resolved } = await resolve();
    const image = await completeImage(spec, { ...resolved, userDataDigest: digest("0") }, context);
    assert.deepEqual(image.resolved, resolved);
  });
});

describe("resolveForCheck", () => {
  const digestOf = async (before: object | undefined, now: object): Promise<string> => {
    const spec = requireImageSpec({ ...good, ...now });
    const previousSpec = before && requireImageSpec({ ...good, ...before });
    const previous = { ...(await resolve()).resolved, userDataDigest: digest("f") };
    const { resolved } = await resolveForCheck(spec, { ...context, previous, previousSpec });
    return resolved.userDataDigest;
  };
  const userData = { hostname: "edge" };

  it("reuses the previous digest if no input of the user-data changed", async () => {
    assert.equal(await digestOf({}, { formats: ["raw"] }), digest("f"));
    assert.equal(await digestOf({ userData }, { userData, triggers: [1] }), digest("f"));
  });
  for (const [what, change] of Object.entries({
    userData: { userData },
    users: { users: [{ name: "ada", sshAuthorizedKeys: [publicKey] }] },
    palette: { palette: { endpoint: "a.example", edgeHostToken: "t" } },
    singleHost: { singleHost: true },
    "installer.kind": { installer: { ...good.installer, kind: "generic" } },
  })) {
    it(`computes the digest again when ${what} changed`, async () => {
      assert.notEqual(await digestOf({}, change), digest("f"));
    });
  }
  it("refuses partitions that a smaller disk no longer holds", async () => {
    const install = { partitions: { persistent: { size: 50_000, fs: "ext4" } } };
    const image = { userData: { install } };
    await assert.rejects(digestOf(image, { ...image, machine: { diskSize: "40GiB" } }), {
      message: /userData\.install\.partitions/,
    });
  });
  it("computes the digest if there are no previous inputs", async () => {
    assert.notEqual(await digestOf(undefined, {}), digest("f"));
  });
});
