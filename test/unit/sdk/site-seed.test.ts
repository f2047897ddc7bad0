import assert from "node:assert/strict";

describe("SiteSeed", () => {
  it("refuses `import` with the way to do it", () => {
    const { SiteSeed } = require("../../../sdk") as typeof import("../../../sdk");
    assert.throws(
      () => new SiteSeed("site", { userData: {}, publishTo: [] }, { import: "site-0123456789ab" }),
      /SiteSeed "site": the option `import` cannot work .* Leave it out/,
    );
  });

  it("refuses what would go unheard beside an `id`", () => {
    const { SiteSeed } = require("../../../sdk") as typeof import("../../../sdk");
    const args = { userData: {}, users: [], publishTo: [] };
    assert.throws(
      () => new SiteSeed("site", args, { id: "site-0123456789ab" }),
      /SiteSeed "site": .* `users`, `userData` would change nothing.*`SiteSeed\.get`/,
    );
  });
});
