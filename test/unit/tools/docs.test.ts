import assert from "node:assert/strict";
import { join } from "node:path";
import { errorReference } from "../../../tools/docs/error-reference";
import { faultReference } from "../../../tools/docs/fault-reference";
import { table } from "../../../tools/docs/markdown";
import { brokenLinks, parsePage, renderPage } from "../../../tools/docs/pages";
import { errorCodes } from "../../../provider/base/errors";

const repository = join(__dirname, "..", "..", "..");

describe("the documentation's tools", () => {
  const pages = [
    parsePage("README.md", "# A\n\n[b](docs/b.md#two-words) [c](docs/b.md#gone) [d](docs/d.md)\n"),
    parsePage("docs/b.md", "# B\n\n## Two words\n\n[up](../README.md) [here](#b) [no](#c)\n"),
    parsePage("docs/e.md", "# E\n\n[licence](../LICENSE) [web](https://h/x#y) ![p](gone.png)\n"),
  ];

  it("find links to pages, headings and files that are not there, and no others", () => {
    assert.deepEqual(brokenLinks(pages, repository), [
      "README.md: docs/b.md#gone leads nowhere.",
      "README.md: docs/d.md leads nowhere.",
      "docs/b.md: #c leads nowhere.",
      "docs/e.md: gone.png leads nowhere.",
    ]);
  });

  it("give headings the addresses that links name", () => {
    const [, page] = pages;
    assert.ok(page);
    assert.match(
      renderPage(page, (link) => link),
      /<h2 id="two-words">Two words<\/h2>/,
    );
  });

  it("keep a table whole whatever a cell holds", () => {
    assert.equal(table(["a"], [["x | y\nz"], [undefined]]), "| a |\n| --- |\n| x \\| y z |\n|  |");
  });

  it("name every code of an error", () => {
    const text = errorReference();
    for (const code of errorCodes) assert.ok(text.includes(`| \`${code}\` |`), code);
  });

  it("list each fault test, those of a table too", () => {
    const text = faultReference();
    for (const code of ["host.agent-died", "install.panicked", "installer.no-validator"])
      assert.ok(text.includes(`- is ${code} `), code);
    assert.doesNotMatch(text, /\$\{|\\<|undefined/);
  });
});
