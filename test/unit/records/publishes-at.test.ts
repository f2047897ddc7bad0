import assert from "node:assert/strict";
import { mayPublishAt } from "../../../provider/records/publishes-at";

const marker = (...targets: readonly string[]) =>
  ({
    instance: "one",
    owner: "urn",
    time: "2026-01-01T00:00:00.000Z",
    state: "live",
    targets,
  }) as const;

describe("mayPublishAt", () => {
  for (const [target, own, expected] of [
    ["oci://127.0.0.1:5000/team/edge", "oci://127.0.0.1:5000/team/edge", true],
    ["oci://127.0.0.1:5000/team/edge", "oci://localhost:5000/team/edge", true],
    ["oci://127.0.0.1:5000/team/edge", "oci://127.0.0.1:5000/team/other", false],
    ["oci://127.0.0.1:5000/team/edge", "directory:/srv/images", false],
    ["oci://127.0.0.1:5000/team/edge", "oci://10.1.2.3:5000/team/edge", false],
    ["oci://127.0.0.1:5000/team/edge", "oci://no-such-host.invalid/team/edge", true],
    ["http://127.0.0.1/images", "https://localhost/images/", true],
    ["http://127.0.0.1/images", "http://127.0.0.1/other", false],
    ["cdi://images", "cdi://images (edge in clusters.yaml)", true],
    ["cdi://images", "cdi://.", true],
    ["cdi://images", "cdi://others", false],
    ["vsphere://10.0.0.1/library/a", "vsphere://10.0.0.1/library/b", false],
  ] as const) {
    it(`${expected ? "finds" : "does not find"} ${own} at ${target}`, async () => {
      assert.equal(await mayPublishAt(marker(own), target), expected);
    });
  }

  it("finds an owner whose marker names no targets at every target", async () => {
    assert.equal(
      await mayPublishAt({ ...marker(), targets: undefined }, "oci://registry/edge"),
      true,
    );
  });

  it("does not find an owner that left all targets", async () => {
    assert.equal(await mayPublishAt(marker(), "oci://registry/edge"), false);
  });
});
