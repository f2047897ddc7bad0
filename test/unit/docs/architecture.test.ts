import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { codeSpansOf, parsePage } from "../../../tools/docs/pages";

const repository = join(__dirname, "..", "..", "..");
const page = "docs/architecture.md";

describe("the page about the architecture", () => {
  it("names each folder of provider/", () => {
    const named = codeSpansOf(parsePage(page, readFileSync(join(repository, page), "utf8")))
      .filter(({ code }) => code.startsWith("provider/"))
      .map(({ code }) => new RegExp(`^${code.replace("NAME", "[^/]+").replace(/\/$/, "")}$`));
    assert.deepEqual(
      foldersBelow("provider").filter((folder) => !named.some((name) => name.test(folder))),
      [],
    );
  });
});

function foldersBelow(folder: string): string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => posix.join(folder, name))
    .flatMap((path) => [path, ...foldersBelow(path)]);
}
