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
    "machine.note": "t0ken",
    "disk.EnableUUID": "TRUE",
  });

  it("are secret, except numbers, truth values and the names of encodings", () => {
    assert.deepEqual(confidentialSettings([format, ova({}), formatSchema.parse("raw")]), [
      "c2VjcmV0",
      "t0ken",
    ]);
  });
  it("are shown without secrets", () => {
    const shown = maskSettings(format);
    assert.ok(shown.type === "ova");
    assert.deepEqual(shown.extraConfig, {
      "guestinfo.userdata": "<secret>",
      "guestinfo.userdata.encoding": "base64",
      "machine.note": "<secret>",
      "disk.EnableUUID": "TRUE",
    });
  });
  it("enter the artifact key as a slow hash, so that guesses cannot be tested fast", () => {
    const settings = { "guestinfo.userdata": "t0ken" };
    const { extraConfig } = formatOptions(ova(settings));
    const purpose = "pulumi-stylus-image extraConfig v1";
    assert.equal(extraConfig, slowDigest(canonicalJson(settings), purpose));
  });
  it("leave the key of an OVA without any unchanged", () => {
    assert.deepEqual(formatOptions(ova({}))["extraConfig"], {});
  });
});
