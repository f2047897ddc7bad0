import assert from "node:assert/strict";
import { layerHead } from "../../../../provider/formats/container-disk/layers";
import { imageSettings } from "../../../../provider/formats/container-disk/convert";
import { formatSchema } from "../../../../provider/schema/formats";
import { GiB } from "../../../../provider/base/size";

function settings(options: Readonly<Record<string, unknown>>) {
  const format = formatSchema.parse({ type: "containerdisk", ...options });
  assert.ok(format.type === "containerdisk");
  return imageSettings(format);
}

describe("the settings of a containerDisk", () => {
  it("are empty where nothing is asked for", () => {
    assert.deepEqual(settings({}), { environment: {}, labels: {} });
  });

  it("tell KubeVirt's defaults in the environment and in labels", () => {
    assert.deepEqual(settings({ preference: "ubuntu", instanceType: "u1.medium" }), {
      environment: {
        INSTANCETYPE_KUBEVIRT_IO_DEFAULT_INSTANCETYPE: "u1.medium",
        INSTANCETYPE_KUBEVIRT_IO_DEFAULT_PREFERENCE: "ubuntu",
      },
      labels: {
        "instancetype.kubevirt.io/default-instancetype": "u1.medium",
        "instancetype.kubevirt.io/default-preference": "ubuntu",
      },
    });
  });

  it("keep labels, but for one that an option says otherwise", () => {
    const labels = { team: "edge", "instancetype.kubevirt.io/default-preference": "old" };
    assert.equal(settings({ labels }).labels["instancetype.kubevirt.io/default-preference"], "old");
    assert.deepEqual(settings({ labels, preference: "new" }).labels, {
      team: "edge",
      "instancetype.kubevirt.io/default-preference": "new",
    });
  });
});

describe("layerHead", () => {
  const text = (header: Buffer, from: number, to: number) =>
    header.subarray(from, to).toString("latin1").replace(/\0.*$/s, "");

  for (const [extension, name] of [
    ["qcow2", "disk/disk.qcow2"],
    ["vmdk", "disk/disk.vmdk"],
    ["img", "disk/disk.img"],
  ] as const) {
    it(`puts ${name} into a folder, both for the user 107 to read`, () => {
      const head = layerHead(extension, 1000);
      assert.equal(head.length, 1024);
      const [folder, file] = [head.subarray(0, 512), head.subarray(512)];
      assert.deepEqual([text(folder, 0, 100), text(file, 0, 100)], ["disk/", name]);
      assert.deepEqual([text(folder, 100, 108), text(file, 100, 108)], ["0000555", "0000440"]);
      assert.deepEqual([text(folder, 156, 157), text(file, 156, 157)], ["5", "0"]);
      for (const header of [folder, file]) {
        // User, group, time.
        assert.equal(text(header, 108, 116), "0000153");
        assert.equal(text(header, 116, 124), "0000153");
        assert.equal(text(header, 136, 148), "00000000000");
      }
    });
  }

  for (const [size, field] of [
    [8 * GiB - 1, "373737373737373737373700"],
    [8 * GiB, "800000000000000200000000"],
    [100 * GiB, "800000000000001900000000"],
  ] as const) {
    it(`says a size of ${size} bytes exactly`, () => {
      assert.equal(
        layerHead("img", size)
          .subarray(512 + 124, 512 + 136)
          .toString("hex"),
        field,
      );
    });
  }
});
