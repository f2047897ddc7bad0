import assert from "node:assert/strict";
import { runtime } from "@pulumi/pulumi";
import { siteSeedStub } from "../../../sdk/site-seed-stub";
import { stylusImageStub } from "../../../sdk/stub";

/** The text of each verb in state, without spaces. Never edit it: users have states with every released text. */
const textOf = (verb: string, names: string): string =>
  `(${names}) => import("pulumi-stylus-image/provider").then((provider) => provider.call({ ` +
  `resource: "StylusImage", verb: "${verb}", arguments: [${names}] }), (cause) => { ` +
  "const message = `Install pulumi-stylus-image in ${process.cwd()}. ${cause.message}`; " +
  'throw Object.assign(Error(message), { stack: "" }); })';

describe("stylusImageStub", () => {
  const verbs = {
    check: "olds, news",
    diff: "id, olds, news",
    create: "inputs",
    update: "id, olds, news",
    read: "id, props",
    delete: "id, props",
  } as const;

  it("has every verb of a dynamic provider, and nothing else that would be serialized", () => {
    assert.deepEqual(Object.keys(stylusImageStub).sort(), Object.keys(verbs).sort());
  });

  // State made by an old version calls the installed one by these words for ever.
  for (const [verb, names] of Object.entries(verbs)) {
    it(`${verb} has the final text, which calls the installed package or says what to install`, () => {
      const text = String(stylusImageStub[verb as keyof typeof verbs]).replace(/\s+/g, " ");
      assert.equal(text.replace(/^\((\w+)\) =>|^(\w+) =>/, "($1$2) =>"), textOf(verb, names));
    });
  }
});

describe("siteSeedStub", () => {
  it("has every verb, which calls the installed package with its arguments", async () => {
    const counts = { check: 2, diff: 3, create: 1, update: 3, read: 2, delete: 2 };
    assert.deepEqual(Object.keys(siteSeedStub).sort(), Object.keys(counts).sort());
    // Pulumi writes the text into state, and the two variables that it closes over.
    for (const [verb, count] of Object.entries(counts)) {
      const method = siteSeedStub[verb as keyof typeof counts];
      const { text } = await runtime.serializeFunction(() => method, { isFactoryFunction: true });
      assert.match(text, new RegExp(`verb: "${verb}"`));
      assert.match(text, new RegExp(`count: ${count}\\b`));
      const said = text.replace(/\s+/g, " ");
      assert.ok(said.includes(siteSeedText), said);
    }
  });
});

/** Final, as those of `stylusImageStub`. */
const siteSeedText =
  '(...values) => import("pulumi-stylus-image/provider").then((provider) => provider.call({ ' +
  'resource: "SiteSeed", verb, arguments: values.slice(0, count) }), (cause) => { ' +
  "const message = `Install pulumi-stylus-image in ${process.cwd()}. ${cause.message}`; " +
  'throw Object.assign(Error(message), { stack: "" }); })';
