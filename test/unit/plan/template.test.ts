import assert from "node:assert/strict";
import { entryOf } from "../../../provider/plan/record";
import { templateAt, templateUuid, withTemplate } from "../../../provider/plan/template";
import { vsphereTarget } from "../../../provider/schema/targets/vsphere";
import type { Publication } from "../../../provider/schema/state";
import { digest, head } from "../agent/samples";

const deploy = {
  datacenter: "Europe/DC0",
  folder: "t",
  cluster: "C0",
  datastore: "d",
  network: "n",
};
const publicationWith = (more: Partial<Publication>): Publication => ({
  ...{ format: "ova", target: "vsphere://vc/library/l", uri: "u", url: "u", sizeBytes: 1 },
  ...{ mediaType: "application/ovf", artifactKey: digest("a"), encoder: "e", ...more },
});
const specWith = (more: object, library = "l") =>
  vsphereTarget.parse({ type: "vsphere", server: "vc", library, ...more });
const spec = specWith({ deploy });
const ova = publicationWith({ uri: "vsphere://vc/library/l/edge-4.5-0123456789ab.ova" });

describe("the template of a publication", () => {
  it("is named after the image, in the requested folder", () => {
    const template = templateAt(spec, ova);
    assert.ok(template);
    assert.match(template.name, /^edge-4\.5-[0-9a-f]{12}$/);
    assert.equal(template.path, `/Europe/DC0/vm/t/${template.name}`);
    assert.match(template.uuid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it("is the same on every machine, and in every version of this package", () =>
    assert.deepEqual(templateAt(spec, ova), {
      name: "edge-4.5-07cdedf87303",
      path: "/Europe/DC0/vm/t/edge-4.5-07cdedf87303",
      uuid: "07cdedf8-7303-831b-8980-ac75204271e2",
    }));

  for (const [what, other, publication] of [
    ["another content", spec, publicationWith({ ...ova, artifactKey: digest("b") })],
    ["another network", specWith({ deploy: { ...deploy, network: "m" } }), ova],
    ["another library", specWith({ deploy }, "m"), ova],
  ] as const) {
    it(`has another name and UUID for ${what}`, () => {
      const [one, two] = [templateAt(spec, ova), templateAt(other, publication)];
      assert.notEqual(one?.name, two?.name);
      assert.notEqual(one?.uuid, two?.uuid);
    });
  }

  it("is undefined for an ISO, and without `deploy`", () => {
    assert.equal(templateAt(spec, publicationWith({ ...ova, format: "iso" })), undefined);
    assert.equal(templateAt(specWith({}), ova), undefined);
    assert.equal(templateAt({ type: "directory", path: "a" }, ova), undefined);
  });

  it("follows the target's current options, not the record", () => {
    const stale = { ...ova, template: { name: "a", path: "/a", uuid: "b" } };
    assert.deepEqual(withTemplate(spec, stale).template, templateAt(spec, ova));
    assert.ok(!("template" in withTemplate(specWith({}), stale)));
  });

  it("is not part of a record, which never changes", () =>
    assert.ok(!("template" in entryOf(withTemplate(spec, ova), head))));
});

describe("the UUID of a template", () => {
  it("is of version 8 and of the RFC's variant", () => {
    for (const key of ["0".repeat(64), "f".repeat(64), digest("a")]) {
      assert.match(templateUuid(key), /^.{8}-.{4}-8.{3}-[89ab].{3}-.{12}$/);
    }
    assert.equal(templateUuid("f".repeat(64)), "ffffffff-ffff-8fff-bfff-ffffffffffff");
  });
});
