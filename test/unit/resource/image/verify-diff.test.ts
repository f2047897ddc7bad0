import assert from "node:assert/strict";
import { requireImageSpec } from "../../../../provider/schema/parse";
import type { Verified } from "../../../../provider/schema/state";
import { verifyReasons } from "../../../../provider/resource/image/verify-diff";
import { digest, isoAt, publicationAt, stateWith } from "../../agent/samples";

const raw = publicationAt("directory:a");
const shown = (more: Partial<Verified> = {}): Verified => ({
  structure: true,
  boot: true,
  expect: [],
  artifacts: [],
  ...more,
});

interface Case {
  readonly verify?: object;
  readonly expect?: string;
  readonly asBefore?: boolean;
  readonly verified?: Verified | undefined;
  readonly formats?: readonly unknown[];
  readonly artifacts?: Parameters<typeof stateWith>[0];
}

function reasons({ verify = {}, formats = ["raw"], artifacts = [raw], ...given }: Case): string[] {
  const publishTo = [{ type: "directory", path: "a" }];
  const spec = requireImageSpec({ installer: "a.iso", publishTo, formats, verify });
  const { expect, asBefore = false } = given;
  const resolved = {
    recipe: "1",
    userDataDigest: digest("a"),
    installer: {},
    verify: { expect, asBefore },
  };
  return verifyReasons(spec, resolved, { ...stateWith(artifacts), verified: given.verified });
}

describe("verifyReasons", () => {
  const none: Record<string, Case> = {
    "a booted image": { verified: shown() },
    "an image that needs no boot": { verify: { boot: false }, verified: shown({ boot: false }) },
    "an expression that matched before": {
      verify: { expect: "x" },
      expect: digest("e"),
      verified: shown({ expect: [digest("0"), digest("e")] }),
    },
    "an image of an earlier version with the same `verify`": {
      verify: { expect: "x", artifacts: "boot" },
      expect: digest("e"),
      asBefore: true,
    },
    "an artifact that was booted": {
      verify: { artifacts: "boot" },
      verified: shown({ artifacts: [raw.artifactKey] }),
    },
    "an iso that no trial machine can install": {
      verify: { artifacts: "boot" },
      formats: [{ type: "iso", device: "/dev/sda" }],
      artifacts: [isoAt("directory:a")],
      verified: shown(),
    },
    "an image that was never installed": {
      formats: ["iso"],
      artifacts: [isoAt("directory:a")],
      verified: shown({ boot: false }),
    },
  };
  for (const [what, given] of Object.entries(none)) {
    it(`has none for ${what}`, () => assert.deepEqual(reasons(given), []));
  }

  const some: Record<string, readonly [Case, RegExp]> = {
    "an image that was never booted": [{ verified: shown({ boot: false }) }, /asks for a boot/],
    "an expression of an image that was never booted": [
      {
        verify: { boot: false, expect: "x" },
        expect: digest("e"),
        verified: shown({ boot: false }),
      },
      /asks for a boot/,
    ],
    "another expression": [
      {
        verify: { expect: "x" },
        expect: digest("e"),
        verified: shown({ expect: [digest("0")] }),
      },
      /`verify\.expect` changed/,
    ],
    "an image of an earlier version whose `verify` changed": [{}, /asks for a boot/],
    "an artifact that was not booted": [
      { verify: { artifacts: "boot" }, verified: shown({ artifacts: [digest("0")] }) },
      /`verify\.artifacts` asks for a boot of raw at directory:a/,
    ],
  };
  for (const [what, [given, expected]] of Object.entries(some)) {
    it(`has one for ${what}`, () => {
      const [reason, ...others] = reasons(given);
      assert.match(reason ?? "", expected);
      assert.deepEqual(others, []);
    });
  }
});
