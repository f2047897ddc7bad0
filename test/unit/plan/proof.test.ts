import assert from "node:assert/strict";
import {
  expressionDigest,
  isBootable,
  missingProofs,
  proofsOf,
  verifiedOutput,
  wantedProofs,
  type Proof,
  type Proven,
} from "../../../provider/plan/proof";
import { recordPaths } from "../../../provider/plan/record";
import { formatSchema } from "../../../provider/schema/formats";
import { contentDigest, digest, installKey, stateWith } from "../agent/samples";

const proof = (proven: Proven, content = contentDigest): Proof => ({
  contentDigest: content,
  proven,
  recipe: "1",
  time: "2026-01-01T00:00:00.000Z",
});
const structure = { kind: "structure" } as const;
const boot = { kind: "boot" } as const;
const expect = { kind: "expect", expression: digest("e") } as const;
const artifact = { kind: "artifact", artifactKey: digest("a") } as const;

describe("wantedProofs", () => {
  const wanted = (verify: object, format: "qcow2" | "iso" = "qcow2") =>
    wantedProofs({
      verify: { boot: true, artifacts: "structure", ...verify },
      destinations: [{ format, target: "directory:a" }],
    });

  it("is a boot by default, none without it, and a boot for an expression in any case", () => {
    assert.deepEqual(wanted({}), [boot]);
    assert.deepEqual(wanted({ boot: false }), []);
    const expression = { kind: "expect", expression: expressionDigest("login") };
    assert.deepEqual(wanted({ expect: "login" }), [boot, expression]);
    assert.deepEqual(wanted({ boot: false, expect: "login" }), [boot, expression]);
  });
  it("is nothing for an image without an installed disk", () =>
    assert.deepEqual(wanted({ expect: "login" }, "iso"), []));
  it("does not show the expression", () => {
    assert.match(expressionDigest("s3cret"), /^[0-9a-f]{64}$/);
    assert.notEqual(expressionDigest("s3cret"), expressionDigest("s3cret "));
  });
});

describe("missingProofs", () => {
  const missing = (known: readonly Proof[]): Proven[] =>
    missingProofs([boot, expect], known, contentDigest);

  it("is what no proof of the same content shows", () => {
    assert.deepEqual(missing([]), [boot, expect]);
    assert.deepEqual(missing([proof(structure)]), [boot, expect]);
    assert.deepEqual(missing([proof(boot)]), [expect]);
    assert.deepEqual(missing([proof(boot), proof(expect)]), []);
    assert.deepEqual(missing([proof(boot, digest("0")), proof(expect)]), [boot]);
    const other = { kind: "expect", expression: digest("f") } as const;
    assert.deepEqual(missing([proof(boot), proof(other)]), [expect]);
  });
});

describe("verifiedOutput", () => {
  const asked = { boot: true, expect: "login", artifacts: "boot" } as const;
  const matched = { kind: "expect", expression: expressionDigest("login") } as const;
  const all = [structure, boot, matched, artifact].map((it) => proof(it));
  const output = (known: readonly Proof[], verify: Partial<typeof asked> = asked) =>
    verifiedOutput(
      { verify: { artifacts: "structure", boot: true, ...verify } },
      [{ artifactKey: artifact.artifactKey }],
      known,
      contentDigest,
    );

  it("is absent if nothing is known of the content", () => {
    assert.equal(output([]), undefined);
    assert.equal(output([proof(boot, digest("0"))]), undefined);
  });
  it("is read back as the same proofs", () => {
    const verified = output(all);
    const read = proofsOf({ ...stateWith([]), verified });
    assert.deepEqual(
      read.map(({ proven }) => proven),
      all.map(({ proven }) => proven),
    );
    assert.deepEqual(output(read), verified);
  });
  it("does not change when another resource asks for more proofs of the same image", () => {
    const other = { kind: "artifact", artifactKey: digest("b") } as const;
    const more = [...all, proof(expect), proof(other)];
    assert.deepEqual(output(more), output(all));
    assert.deepEqual(output(more, {}), output([proof(structure), proof(boot)], {}));
  });
});

describe("The file of a proof", () => {
  const path = (proven: Proven): string => recordPaths.proof(installKey, proof(proven));

  it("is one for each proof of each content, and no publication or report to earlier versions", () => {
    const paths = [structure, boot, expect, artifact].map(path);
    assert.equal(new Set(paths).size, 4);
    assert.notEqual(path(boot), recordPaths.proof(installKey, proof(boot, digest("0"))));
    for (const file of paths) {
      assert.ok(file.startsWith(recordPaths.publications(installKey)));
      assert.ok(recordPaths.isProof(file));
      assert.ok(!file.endsWith(".json"));
      assert.ok(!recordPaths.isReport(file));
    }
  });
});

describe("isBootable", () => {
  const cases: readonly (readonly [unknown, boolean])[] = [
    ["raw", true],
    ["ova", true],
    ["iso", true],
    [{ type: "iso", device: "/dev/vda" }, true],
    [{ type: "iso", device: "/dev/sda" }, false],
  ];
  for (const [format, expected] of cases) {
    it(`is ${expected} for ${JSON.stringify(format)}`, () =>
      assert.equal(isBootable(formatSchema.parse(format)), expected));
  }
});
