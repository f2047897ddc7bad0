import assert from "node:assert/strict";
import { filesFor, type FirmwareRequest } from "../../../../provider/system/host/firmware";
import { descriptorSchema } from "../../../../provider/system/host/firmware-descriptor";

const plain: FirmwareRequest = { firmware: "uefi", secureBoot: false, machineType: "pc-q35-6.2" };
const secure: FirmwareRequest = { ...plain, secureBoot: true };

const flash = {
  device: "flash",
  executable: { filename: "/code", format: "raw" },
  "nvram-template": { filename: "/vars", format: "raw" },
};
const target = { architecture: "x86_64", machines: ["pc-i440fx-*", "pc-q35-*"] };

function describeFirmware(change: Readonly<Record<string, unknown>> = {}) {
  return descriptorSchema.parse({
    "interface-types": ["uefi"],
    mapping: flash,
    targets: [target],
    features: ["acpi-s3"],
    ...change,
  });
}

describe("filesFor", () => {
  it("returns the two flash files of a firmware without Secure Boot, for q35 and pc, by version or alias", () => {
    for (const machineType of ["pc-q35-6.2", "q35", "pc-i440fx-5.2", "pc"]) {
      const files = filesFor(describeFirmware(), { ...plain, machineType });
      assert.equal(files?.codePath, "/code", machineType);
      assert.equal(files.variablesTemplate, "/vars");
      assert.equal(files.needsSmm, false);
    }
  });

  it("accepts for Secure Boot only firmware with enrolled keys and SMM", () => {
    const features = ["secure-boot", "enrolled-keys", "requires-smm"];
    assert.equal(filesFor(describeFirmware({ features }), secure)?.needsSmm, true);
    for (const lacking of features) {
      const rest = features.filter((feature) => feature !== lacking);
      assert.equal(filesFor(describeFirmware({ features: rest }), secure), undefined, lacking);
    }
    assert.equal(filesFor(describeFirmware(), secure), undefined);
  });

  const unfit: readonly [string, Readonly<Record<string, unknown>>][] = [
    ["is a BIOS", { "interface-types": ["bios"] }],
    ["is for another processor", { targets: [{ ...target, architecture: "aarch64" }] }],
    ["is for other machine types", { targets: [{ ...target, machines: ["pc-i440fx-*"] }] }],
    ["asks for SMM", { features: ["requires-smm"] }],
    ["enforces Secure Boot", { features: ["secure-boot", "enrolled-keys"] }],
    ["is loaded into memory", { mapping: { device: "memory", filename: "/code" } }],
    ["has no template for variables", { mapping: { ...flash, "nvram-template": undefined } }],
    ["keeps no variables", { mapping: { ...flash, mode: "stateless" } }],
    [
      "is in the qcow2 format",
      { mapping: { ...flash, executable: { filename: "/code", format: "qcow2" } } },
    ],
  ];
  for (const [name, change] of unfit) {
    it(`skips a descriptor that ${name}`, () => {
      assert.equal(filesFor(describeFirmware(change), plain), undefined);
    });
  }
});
