import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path/posix";
import { brokenLinks, readPages, type Page } from "../../../tools/docs/pages";

const repository = join(__dirname, "..", "..", "..");

describe("links in the documentation", () => {
  it("lead to pages, headings and files that exist", async () => {
    assert.deepEqual(brokenLinks(await readPages(repository), repository), []);
  });

  it("lead from the README to every page of docs/ and of the examples", async () => {
    const pages = await readPages(repository);
    const reached = reachable(pages, "README.md");
    assert.deepEqual(
      pages
        .map(({ path }) => path)
        .filter((path) => !path.startsWith("provider/") && !reached.has(path)),
      [],
    );
  });
});

function reachable(pages: readonly Page[], start: string): ReadonlySet<string> {
  const reached = new Set([start]);
  // A set that grows while it is walked yields what was added.
  for (const path of reached) {
    const links = pages.find((page) => page.path === path)?.links ?? [];
    for (const link of links) {
      const target = normalize(join(dirname(path), link.replace(/#.*/, "")));
      for (const each of [target, join(target, "README.md")]) {
        if (pages.some((page) => page.path === each)) reached.add(each);
      }
    }
  }
  return reached;
}
