import assert from "node:assert/strict";
import { headOf, imageState } from "../../../provider/agent/image-state";
import { formatSchema } from "../../../provider/schema/formats";
import { imageStateSchema } from "../../../provider/schema/state";
import { GiB } from "../../../provider/base/size";
import { memoryTarget } from "./memory-target";
import { buildFor, contentDigest, digest, head, installKey, publicationAt } from "./samples";

const folder = "/nowhere";
const targets = [memoryTarget("a", folder), memoryTarget("b", folder)];
const build = buildFor({ folder, targets });
const raw = publicationAt("directory:a", "raw");
const qcow2 = publicationAt("directory:b", "qcow2");

describe("headOf", () => {
  it("describes the base disk", () => {
    const disk = { path: "/d", contentDigest, virtualSizeBytes: 100 * GiB };
    assert.deepEqual(headOf(build, digest("c"), disk), head);
  });
});

describe("imageState", () => {
  it("is valid, and lists destinations without a publication as pending", () => {
    const state = imageState(build, head, [qcow2, raw]);
    assert.deepEqual(imageStateSchema.parse(state), state);
    assert.deepEqual(state.artifacts, [raw, qcow2]);
    assert.deepEqual(state.pending, [
      { format: "qcow2", target: "directory:a" },
      { format: "raw", target: "directory:b" },
    ]);
    assert.deepEqual(state.missing, []);
    assert.equal(state.instance, "me");
    assert.equal(state.installKey, installKey);
  });

  it("lists artifacts in the order of the plan", () => {
    const all = (["raw", "qcow2"] as const).flatMap((format) =>
      targets.map(({ id }) => publicationAt(id, format)),
    );
    const forward = imageState(build, head, all);
    assert.deepEqual(imageState(build, head, all.toReversed()), forward);
    assert.deepEqual(forward.pending, []);
  });

  it("leaves out publications that the plan does not ask for", () => {
    assert.deepEqual(imageState(build, head, [publicationAt("directory:c")]).artifacts, []);
  });

  it("has the recipe, firmware and size of the image, not of the plan", () => {
    const other = { ...head, recipe: "0", firmware: "uefi", virtualSizeBytes: GiB } as const;
    const state = imageState(build, other, []);
    assert.deepEqual([state.recipe, state.firmware, state.virtualSizeBytes], ["0", "uefi", GiB]);
  });

  it("has the guest and controller of the OVA, or the defaults", () => {
    const said = ({ guestId, scsiType }: ReturnType<typeof imageState>) => [guestId, scsiType];
    assert.deepEqual(said(imageState(build, head, [])), ["other4xLinux64Guest", "pvscsi"]);
    const ova = { type: "ova", guestId: "ubuntu64Guest", scsiType: "lsilogic-sas" };
    const formats = ["qcow2", ova].map((format) => formatSchema.parse(format));
    const plan = { ...build.plan, formats };
    const state = imageState({ ...build, plan }, head, []);
    assert.deepEqual(said(state), ["ubuntu64Guest", "lsilogic-sas"]);
  });

  it("has a validator and a request key only if the plan has them", () => {
    const validator = 'etag "1"';
    const pinless = buildFor({ folder, targets, context: { installer: { validator } } });
    const plan = { ...pinless.plan, requestKey: digest("f") };
    const state = imageState({ ...pinless, plan }, head, []);
    assert.deepEqual([state.installerValidator, state.requestKey], [validator, digest("f")]);
    const pinned = imageState(build, head, []);
    assert.equal("installerValidator" in pinned || "requestKey" in pinned, false);
  });
});
