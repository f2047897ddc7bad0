import assert from "node:assert/strict";
import { join } from "node:path";
import { parsePage, readPages } from "../../../tools/docs/pages";
import { pathErrors } from "./path-errors";

const repository = join(__dirname, "..", "..", "..");

describe("paths of the repository in the documentation", () => {
  it("exist", async () => {
    assert.deepEqual(pathErrors(await readPages(repository), repository), []);
  });

  it("are reported with page and line where they do not", () => {
    const page = parsePage(
      "planted.md",
      [
        "`provider/cli/program.ts` and `sdk/NAME.ts` exist, `provider/gone.ts` and `test/NAME/x.py` do not;",
        "`images/edge.raw` is the reader's own.",
        "",
        "| a |",
        "| --- |",
        "| `docs/gone.md` |",
        "",
        "```sh",
        "mocha test/unit/gone.test.ts",
        "```",
      ].join("\n"),
    );
    assert.deepEqual(pathErrors([page], repository), [
      "planted.md:1: provider/gone.ts is not in the repository",
      "planted.md:1: test/NAME/x.py is not in the repository",
      "planted.md:6: docs/gone.md is not in the repository",
      "planted.md:9: test/unit/gone.test.ts is not in the repository",
    ]);
  });
});
