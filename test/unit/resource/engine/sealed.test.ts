import assert from "node:assert/strict";
import {
  needsSealing,
  seal,
  sealLike,
  unseal,
  withIgnored,
} from "../../../../provider/resource/engine/sealed";
import type { Data } from "../../../../provider/resource/handlers";
import { unknownValue } from "../../../../provider/schema/parse";
import {
  digestOfSecrets,
  ignoredMark,
  inputsWithSecrets,
} from "../../../../provider/schema/secret-inputs";

const userData = "hostname: edge";
const palette = { endpoint: "api", edgeHostToken: "t0ken" };
const credentials = [{ type: "s3", bucket: "b", secretAccessKey: "s" }];

/** The input `sealed` as the sdk fills it for these arguments. */
const marksOf = (args: Data, prefix = ""): Data =>
  Object.fromEntries(
    inputsWithSecrets.map((name) => [name, `${prefix}${digestOfSecrets(name, args[name])}`]),
  );
/** What arrives: arguments of the program, changed by a transform. */
const arriving = (args: Data, change: Data = {}): Data => ({
  ...args,
  sealed: marksOf(args),
  ...change,
});
/** Names of the inputs that are moved, and proof that they can be read again. */
const movedIn = (inputs: Data, oldInputs: Data = {}): string[] => {
  const sealed = seal(inputs, oldInputs);
  const isGiven = ([name]: [string, unknown]): boolean => name !== "sealed";
  const given = Object.fromEntries(Object.entries(inputs).filter(isGiven));
  assert.deepEqual(Object.fromEntries(Object.entries(unseal(sealed)).filter(isGiven)), given);
  return Object.keys(given).filter((name) => !(name in sealed));
};

describe("seal", () => {
  const rules: readonly (readonly [what: string, args: Data, change: Data, moved: string[]])[] = [
    ["leaves what the sdk marked", { userData, palette, publishTo: credentials }, {}, []],
    ["moves added user-data", {}, { userData }, ["userData"]],
    ["moves changed user-data", { userData }, { userData: { a: 1 } }, ["userData"]],
    ["moves an added token", { palette: { endpoint: "api" } }, { palette }, ["palette"]],
    ["moves an added password", {}, { users: [{ name: "a", password: "p" }] }, ["users"]],
    ["moves a hash", {}, { users: [{ name: "a", passwordHash: "$6$x" }] }, ["users"]],
    ["moves credentials of a target", {}, { publishTo: credentials }, ["publishTo"]],
    [
      "moves headers",
      {},
      { installer: { url: "https://h/a", headers: { a: "b" } } },
      ["installer"],
    ],
    [
      "moves a presigned URL",
      {},
      { installer: "https://h/a.iso?X-Amz-Signature=1" },
      ["installer"],
    ],
    ["moves a proxy's password", {}, { palette: { httpProxy: "http://u:p@h:1" } }, ["palette"]],
    ["moves one without a scheme", {}, { palette: { httpsProxy: "u:p@h:1" } }, ["palette"]],
    [
      "moves settings of an OVA",
      {},
      { formats: [{ type: "ova", extraConfig: { a: "b" } }] },
      ["formats"],
    ],
    ["leaves what is no secret", {}, { palette: { endpoint: "a" }, users: [{ name: "a" }] }, []],
    ["leaves an image by its digest", {}, { installer: "kairos:latest@sha256:ab" }, []],
    [
      "leaves a changed setting beside a marked secret",
      { palette },
      { palette: { ...palette, debug: true } },
      [],
    ],
    ["leaves a removed input", { palette }, { palette: undefined }, []],
    [
      "ignores null and undefined members",
      { userData: { a: undefined, b: null } },
      { userData: {} },
      [],
    ],
  ];
  for (const [what, args, change, moved] of rules) {
    it(what, () => assert.deepEqual(movedIn(arriving(args, change)), moved));
  }

  it("moves what a transform gives and the program gave before", () => {
    const old = seal(arriving({ userData }), {});
    assert.deepEqual(movedIn(arriving({}, { userData }), old), ["userData"]);
  });
  it("leaves what `ignoreChanges` keeps, although the program gives another value or none", () => {
    const old = seal(arriving({ palette }), {});
    const other = { palette: { ...palette, edgeHostToken: "t2" } };
    assert.deepEqual(movedIn({ ...arriving(other), palette }, old), []);
    assert.deepEqual(movedIn({ palette, sealed: marksOf({}, ignoredMark) }, old), []);
  });
  it("leaves the inputs of an older sdk", () => {
    assert.deepEqual(seal({ userData }, {}), { userData });
  });
  it("leaves what is unknown until `up`, and moves what a transform made known", () => {
    const sealed = { ...marksOf({}), palette: unknownValue };
    assert.deepEqual(movedIn({ palette: unknownValue, sealed }), []);
    assert.deepEqual(movedIn({ palette: { ...palette, projectName: unknownValue }, sealed }), []);
    assert.deepEqual(movedIn({ palette, sealed }), ["palette"]);
  });
});

describe("withIgnored", () => {
  const old = seal(arriving({}, { userData }), {});
  it("restores a moved value that the engine removed because of `ignoreChanges`", () => {
    const sealed = marksOf({ userData: "other" }, ignoredMark);
    assert.equal(withIgnored({ sealed }, old)["userData"], userData);
    assert.equal(withIgnored({ sealed: marksOf({}, ignoredMark) }, old)["userData"], userData);
  });
  it("restores nothing if the transform is gone", () => {
    assert.equal(withIgnored(arriving({}), old)["userData"], undefined);
  });
});

describe("sealLike", () => {
  const inputs = seal(arriving({}, { userData, publishTo: credentials }), {});
  const outputs = { installKey: "k", publishTo: credentials };
  it("moves the same outputs, which unseal finds", () => {
    const sealed = sealLike(outputs, inputs);
    assert.deepEqual(Object.keys(sealed), ["installKey", "sealed"]);
    assert.deepEqual(sealed["sealed"], { publishTo: { value: credentials } });
    assert.equal(unseal(sealed)["publishTo"], credentials);
  });
  it("changes nothing without moved inputs", () => {
    assert.deepEqual(sealLike(outputs, arriving({ publishTo: credentials })), outputs);
  });
  it("tells outputs in plain text of an earlier version", () => {
    assert.equal(needsSealing(outputs, inputs), true);
    assert.equal(needsSealing(sealLike(outputs, inputs), inputs), false);
    assert.equal(needsSealing(outputs, arriving({ publishTo: credentials })), false);
  });
});
