import assert from "node:assert/strict";

describe("SiteSeed", () => {
  it("refuses `import` with the way to do it", () => {
    const { SiteSeed } = require("../../../sdk") as typeof import("../../../sdk");
    assert.throws(
      () => new SiteSeed("site", { userData: {}, publishTo: [] }, { import: "site-0123456789ab" }),
      /SiteSeed "site": the option `import` cannot work .* Leave it out/,
    );
  });
});
