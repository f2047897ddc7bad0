import assert from "node:assert/strict";
import { ovfDocument } from "../../../../provider/plan/ovf/document";
import type { FormatOf } from "../../../../provider/schema/formats";
import { formatSchema } from "../../../../provider/schema/formats";
import { GiB, MiB } from "../../../../provider/base/size";

const disk = { fileSize: 12_345_678_901, capacity: 100 * GiB, populated: 750 * MiB };

function ova(options: Readonly<Record<string, unknown>> = {}): FormatOf<"ova"> {
  const format = formatSchema.parse({ type: "ova", ...options });
  assert.ok(format.type === "ova");
  return format;
}

const document = (options: Readonly<Record<string, unknown>> = {}) =>
  ovfDocument(ova(options), disk);

/** The settings with that element name, in order. */
function settings(text: string, element: string): [string, string][] {
  const lines = text.matchAll(new RegExp(`<${element} .* vmw:key="(.*)" vmw:value="(.*)"/>`, "g"));
  return [...lines].map(([, key, value]) => [key!, value!]);
}

/** The properties of the item with that resource type. */
function item(text: string, type: number): Readonly<Record<string, string>> {
  for (const [, inside] of text.matchAll(/<Item>(.*?)<\/Item>/gs)) {
    const properties: Record<string, string> = {};
    for (const [, name, value] of inside!.matchAll(/<rasd:(\w+)>(.*)<\/rasd:\w+>/g)) {
      properties[name!] = value!;
    }
    if (properties["ResourceType"] === String(type)) return properties;
  }
  assert.fail(`no item of type ${type}`);
}

describe("ovfDocument", () => {
  it("is in the namespace of OVF 1.0", () => {
    assert.match(document(), /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<Envelope /);
    assert.match(document(), /xmlns="http:\/\/schemas\.dmtf\.org\/ovf\/envelope\/1"/);
  });

  it("has its sections in the order of the specification", () => {
    const sections = [...document().matchAll(/<(References|\w+Section|VirtualSystem)[ >]/g)];
    assert.deepEqual(
      sections.map(([, name]) => name),
      [
        "References",
        "DiskSection",
        "NetworkSection",
        "VirtualSystem",
        "OperatingSystemSection",
        "VirtualHardwareSection",
      ],
    );
  });

  it("gives the disk's sizes in bytes", () => {
    assert.match(
      document(),
      /<File ovf:href="image-disk1\.vmdk" ovf:id="file1" ovf:size="12345678901"\/>/,
    );
    assert.match(document(), /ovf:capacity="107374182400" ovf:capacityAllocationUnits="byte"/);
    assert.match(document(), /ovf:populatedSize="786432000"/);
    assert.match(
      document(),
      /ovf:format="http:\/\/www\.vmware\.com\/interfaces\/specifications\/vmdk\.html#streamOptimized"/,
    );
  });

  it("attaches the disk to the SCSI controller and the adapter to the network", () => {
    const text = document();
    const controller = item(text, 6);
    assert.equal(controller["Address"], "0");
    assert.equal(item(text, 17)["Parent"], controller["InstanceID"]);
    assert.equal(item(text, 17)["HostResource"], "ovf:/disk/vmdisk1");
    assert.match(text, /ovf:diskId="vmdisk1" ovf:fileRef="file1"/);
    assert.equal(item(text, 10)["Connection"], "VM Network");
    assert.match(text, /<Network ovf:name="VM Network">/);
  });

  it("writes an item's properties in alphabetical order", () => {
    for (const [, inside] of document().matchAll(/<Item>(.*?)<\/Item>/gs)) {
      const names = [...inside!.matchAll(/<rasd:(\w+)>/g)].map(([, name]) => name);
      assert.deepEqual(names, [...names].sort());
    }
  });

  for (const [option, value, type, subType] of [
    ["scsiType", "pvscsi", 6, "VirtualSCSI"],
    ["scsiType", "lsilogic-sas", 6, "lsilogicsas"],
    ["networkType", "vmxnet3", 10, "VmxNet3"],
    ["networkType", "e1000e", 10, "E1000e"],
  ] as const) {
    it(`calls ${value} ${subType}`, () => {
      assert.equal(item(document({ [option]: value }), type)["ResourceSubType"], subType);
    });
  }

  it("contains processors and hardware version", () => {
    assert.equal(item(document({ cpus: 24 }), 3)["VirtualQuantity"], "24");
    assert.match(document({ hardwareVersion: 21 }), /<vssd:VirtualSystemType>vmx-21</);
  });

  for (const [memory, megabytes] of [
    ["8GiB", "8192"],
    ["8GB", "7632"],
    [1, "4"],
    [4 * MiB + 1, "8"],
  ] as const) {
    it(`rounds memory of ${memory} up to ${megabytes} MB, a multiple of four`, () => {
      assert.equal(item(document({ memory }), 4)["VirtualQuantity"], megabytes);
    });
  }

  for (const [guestId, number] of [
    ["other4xLinux64Guest", "101"],
    ["otherLinux64Guest", "101"],
    ["ubuntu64Guest", "101"],
    ["debian12_64Guest", "101"],
    ["rhel9_64Guest", "101"],
    ["sles15_64Guest", "101"],
    ["opensuse64Guest", "101"],
    ["rockylinux_64Guest", "101"],
    ["vmwarePhoton64Guest", "101"],
    ["freebsd13_64Guest", "1"],
    ["windows2019srv_64Guest", "1"],
  ] as const) {
    it(`takes ${guestId} for the operating system ${number} of CIM`, () => {
      const section = `<OperatingSystemSection ovf:id="${number}" vmw:osType="${guestId}">`;
      assert.ok(document({ guestId }).includes(section));
    });
  }

  for (const [options, firmware, secureBoot] of [
    [{}, "bios", "false"],
    [{ firmware: "bios", secureBoot: false }, "bios", "false"],
    // Only the machine sets it: a BIOS has no Secure Boot.
    [{ firmware: "bios", secureBoot: true }, "bios", "false"],
    [{ firmware: "uefi" }, "efi", "false"],
    [{ firmware: "uefi", secureBoot: false }, "efi", "false"],
    [{ firmware: "uefi", secureBoot: true }, "efi", "true"],
  ] as const) {
    it(`declares firmware and Secure Boot for ${JSON.stringify(options)}`, () => {
      assert.deepEqual(settings(document(options), "vmw:Config"), [
        ["firmware", firmware],
        ["bootOptions.efiSecureBootEnabled", secureBoot],
      ]);
    });
  }

  it("writes advanced settings sorted, escaped and not required", () => {
    const text = document({
      extraConfig: { b: `<&>"'`, a: "one\ttwo\r\nthree", "disk.EnableUUID": "TRUE" },
    });
    assert.deepEqual(settings(text, "vmw:ExtraConfig"), [
      ["a", "one&#9;two&#13;&#10;three"],
      ["b", "&lt;&amp;&gt;&quot;'"],
      ["disk.EnableUUID", "TRUE"],
    ]);
    assert.equal(text.match(/<vmw:ExtraConfig ovf:required="false"/g)?.length, 3);
  });

  it("does not depend on the order in which settings are given", () => {
    const one = document({ extraConfig: { a: "1", b: "2" } });
    assert.equal(document({ extraConfig: { b: "2", a: "1" } }), one);
  });
});
