import assert from "node:assert/strict";
import { confidentialSettings, maskSettings } from "../../../../provider/plan/ovf/settings";
import { canonicalJson } from "../../../../provider/base/json";
import { formatOptions } from "../../../../provider/plan/formats";
import { slowDigest } from "../../../../provider/plan/slow-digest";
import { formatSchema, type FormatSpec } from "../../../../provider/schema/formats";

const ova = (extraConfig: Record<string, string>): FormatSpec =>
  formatSchema.parse({ type: "ova", extraConfig });

describe("advanced settings of an OVA", () => {
  const format = ova({
    "guestinfo.userdata": "c2VjcmV0",
    "guestinfo.userdata.encoding": "base64",
    "disk.EnableUUID": "TRUE",
  });

  it("are secret where the guest reads them, but for the names of encodings", () => {
    assert.deepEqual(confidentialSettings([format, ova({}), formatSchema.parse("raw")]), [
      "c2VjcmV0",
    ]);
  });
  it("are shown without what is secret", () => {
    const shown = maskSettings(format);
    assert.ok(shown.type === "ova");
    assert.deepEqual(shown.extraConfig, {
      "guestinfo.userdata": "<secret>",
      "guestinfo.userdata.encoding": "base64",
      "disk.EnableUUID": "TRUE",
    });
  });
  it("stand in the artifact key as a slow hash only, so that nobody can try values against it", () => {
    const settings = { "guestinfo.userdata": "t0ken" };
    const { extraConfig } = formatOptions(ova(settings));
    const purpose = "pulumi-stylus-image extraConfig v1";
    assert.equal(extraConfig, slowDigest(canonicalJson(settings), purpose));
  });
  it("leave keys of an OVA without any as they were", () => {
    assert.deepEqual(formatOptions(ova({}))["extraConfig"], {});
  });
});
