import assert from "node:assert/strict";
import type { JsonMap } from "../../../../provider/base/json";
import { generateUserData } from "../../../../provider/plan/user-data/generate";
import type { UserDataInput } from "../../../../provider/plan/user-data/part";
import { paletteSchema, type PaletteSpec } from "../../../../provider/schema/palette";

export type Given = Partial<Omit<UserDataInput, "palette">> & { readonly palette?: object };

export const palette = { endpoint: "api.spectrocloud.com", edgeHostToken: "t0ken" };

export function generate({ palette: given, ...rest }: Given) {
  const parsed: PaletteSpec | undefined = given && paletteSchema.parse(given);
  return generateUserData({ reader: "auto", singleHost: false, palette: parsed, ...rest });
}

/** The cloud-config of an input that has no problems. */
export function documentOf(given: Given): JsonMap {
  const { document, problems } = generate(given);
  assert.deepEqual(problems, []);
  return document;
}

/** A rule's title, an input that breaks it, the path of the problem, and its reason. */
export type Refused = readonly (readonly [
  what: string,
  given: Given,
  path: string,
  reason: RegExp,
])[];

/** Declares one test for each rule: one problem, at the path of the value. */
export function testRefusals(rules: Refused): void {
  for (const [what, given, path, reason] of rules) {
    it(`refuses ${what}, with its path`, () => {
      const { problems } = generate(given);
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]!.reason, reason);
    });
  }
}

/** Declares one test for each warning. */
export function testWarnings(
  rules: readonly (readonly [what: string, given: Given, text: RegExp])[],
): void {
  for (const [what, given, text] of rules) {
    it(`warns of ${what}`, () =>
      assert.ok(generate(given).warnings.some((warning) => text.test(warning))));
  }
}
