import assert from "node:assert/strict";
import { join } from "node:path";
import { parsePage, readPages } from "../../../tools/docs/pages";
import { snippetErrors } from "./snippet-errors";

const repository = join(__dirname, "..", "..", "..");

/** Its snippets are signatures and parts of the code's own documentation comments. */
const generated = "docs/reference/program.md";

describe("TypeScript in the documentation", function () {
  // One run of the compiler, with the types of Pulumi and Kubernetes.
  this.timeout(300_000);

  it("compiles, each snippet as a module; an error is reported with its page and line", async () => {
    const pages = (await readPages(repository)).filter(({ path }) => path !== generated);
    const planted = parsePage(
      "planted.md",
      [
        "# Planted",
        "```ts",
        'import { StylusImage } from "pulumi-stylus-image";',
        "",
        'new StylusImage("edge", { installer: token, publishTo: [] });',
        "```",
      ].join("\n"),
    );
    assert.deepEqual(snippetErrors([...pages, planted], repository), [
      "planted.md:5: Cannot find name 'token'.",
    ]);
  });
});
