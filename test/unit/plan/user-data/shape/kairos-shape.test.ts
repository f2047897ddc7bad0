import assert from "node:assert/strict";
import type { Json, JsonMap } from "../../../../../provider/base/json";
import { checkShape } from "../../../../../provider/plan/user-data/shape/check-shape";
import { kairosShape } from "../../../../../provider/plan/user-data/shape/kairos-shape";
import { goTypes, samples } from "./go-types";

const findings = (document: Json) => checkShape(document, kairosShape, "userData");

/** The document that has one value, at a path such as `stages.boot[].commands`. */
function documentWith(path: string, value: Json): Json {
  return path
    .split(".")
    .reverse()
    .reduce<Json>((inside, step) => {
      const name = step.replace("[]", "");
      return { [name]: step.endsWith("[]") ? [inside] : inside };
    }, value);
}

describe("the shape of the user-data", () => {
  for (const [type, paths] of goTypes) {
    for (const path of paths.split(" ")) {
      const place = `userData.${path.replaceAll("[]", "[0]")}`;

      it(`takes what Go decodes as ${type} at ${path}, without a warning`, () => {
        for (const value of samples[type].right) {
          const nothing = { problems: [], warnings: [] };
          assert.deepEqual(findings(documentWith(path, value)), nothing, JSON.stringify(value));
        }
      });

      it(`refuses what Go does not decode as ${type} at ${path}`, () => {
        for (const value of samples[type].wrong) {
          const { problems } = findings(documentWith(path, value));
          const paths = problems.map((problem) => problem.path);
          assert.deepEqual(paths, [place], JSON.stringify(value));
          assert.match(problems[0]?.reason ?? "", /^must be /);
        }
      });
    }
  }

  it("refuses another kind of value at every map and list that contains fields", () => {
    const containers = new Set(
      goTypes.flatMap(([, paths]) => paths.split(" ")).flatMap(pathsAbove),
    );
    for (const path of containers) {
      const wrong: readonly Json[] = path.endsWith("[]") ? ["x", 1, true] : ["x", 1, true, ["x"]];
      for (const value of wrong) {
        const { problems } = findings(documentWith(path, value));
        assert.ok(problems.length > 0, `${path}: ${JSON.stringify(value)}`);
      }
      if (!path.endsWith("[]")) continue;
      const list = path.slice(0, -2);
      for (const value of ["x", { a: "b" }, 1, {}]) {
        const { problems } = findings(documentWith(list, value));
        const expected = [`userData.${list.replaceAll("[]", "[0]")}`];
        assert.deepEqual(
          problems.map((problem) => problem.path),
          expected,
        );
      }
    }
  });

  it("leaves null and empty lists to the merge, which refuses them at their paths", () => {
    assert.deepEqual(findings({ stages: { boot: [{ commands: [], files: null }] } }).problems, []);
  });

  it("names every wrong value at once", () => {
    const document: JsonMap = {
      stages: { boot: [{ commands: ["a", { b: "c" }] }, { hostname: ["x"] }], fs: "x" },
      users: { a: {} },
    };
    assert.deepEqual(
      findings(document).problems.map(({ path }) => path),
      [
        "userData.stages.boot[0].commands[1]",
        "userData.stages.boot[1].hostname",
        "userData.stages.fs",
        "userData.users",
      ],
    );
  });

  it("never quotes a value", () => {
    const secret = "s3cr3tV4lue";
    for (const [, paths] of goTypes) {
      for (const path of paths.split(" ")) {
        for (const value of [secret, [secret], { [secret]: secret }, [{ a: secret }]]) {
          assert.doesNotMatch(JSON.stringify(findings(documentWith(path, value))), /s3cr3tV4lue/);
        }
      }
    }
  });
});

function pathsAbove(path: string): readonly string[] {
  const steps = path.split(".");
  return steps.slice(1).map((_, index) => steps.slice(0, index + 1).join("."));
}
