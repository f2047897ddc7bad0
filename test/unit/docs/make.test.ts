import assert from "node:assert/strict";
import { join } from "node:path";
import { parsePage, readPages } from "../../../tools/docs/pages";
import { makeErrors } from "./make-errors";

const repository = join(__dirname, "..", "..", "..");

describe("targets of make in the documentation", () => {
  it("are targets of the Makefile", async () => {
    assert.deepEqual(makeErrors(await readPages(repository), repository), []);
  });

  it("are reported with page and line where they are not", () => {
    const text =
      "Type `make demo`, `ISO_URL=x make qcow2 disk`, or `make -j 2`.\n\n```console\n$ make image\n```\n";
    assert.deepEqual(makeErrors([parsePage("planted.md", text)], repository), [
      "planted.md:1: the Makefile has no target disk",
      "planted.md:1: the Makefile has no target 2",
      "planted.md:4: the Makefile has no target image",
    ]);
  });
});
