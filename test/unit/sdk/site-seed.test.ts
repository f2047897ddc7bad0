import assert from "node:assert/strict";

describe("SiteSeed", () => {
  it("rejects `import` and names the alternative", () => {
    const { SiteSeed } = require("../../../sdk") as typeof import("../../../sdk");
    assert.throws(
      () => new SiteSeed("site", { userData: {}, publishTo: [] }, { import: "site-0123456789ab" }),
      /SiteSeed "site": the option `import` is not supported .* Remove it/,
    );
  });

  it("rejects arguments that would be ignored with an `id`", () => {
    const { SiteSeed } = require("../../../sdk") as typeof import("../../../sdk");
    const args = { userData: {}, users: [], publishTo: [] };
    assert.throws(
      () => new SiteSeed("site", args, { id: "site-0123456789ab" }),
      /SiteSeed "site": .* `users`, `userData` would be ignored.*`SiteSeed\.get`/,
    );
  });
});
