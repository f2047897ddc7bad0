import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { StylusImage } from "../../../../sdk";
import { inBucket, inRegistry, onServer, outputsWith } from "./samples";

type Sdk = typeof import("../../../../sdk");
type Inputs = Readonly<Record<string, unknown>>;

let answer: Inputs = {};

/** The class is loaded after the mocks are set, as Pulumi asks for. */
async function setUp(mode: "up" | "preview", given: Inputs): Promise<[Sdk, StylusImage]> {
  answer = given;
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({
        id: `${name}-id`,
        state: { ...(inputs as Inputs), ...answer },
      }),
      call: () => ({}),
    },
    "project",
    "stack",
    mode === "preview",
  );
  const sdk = require("../../../../sdk") as Sdk;
  const publishTo = [{ type: "directory" as const, path: "images" }];
  return [sdk, new sdk.StylusImage("edge", { installer: "https://h/a.iso", publishTo })];
}

const valueOf = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

interface Told {
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
  readonly promise: () => Promise<unknown>;
}

/** Every output has this; its public type does not say so. */
function told(output: object): Told {
  assert.ok("isKnown" in output && "isSecret" in output);
  return output as unknown as Told;
}
const isKnown = (output: object) => told(output).isKnown;
const isSecret = (output: object) => told(output).isSecret;

const userData = "#cloud-config\nhostname: site-17\n";
const data = outputsWith(onServer("qcow2"), inRegistry(), inBucket("ova"));
const { artifacts, virtualSizeBytes, firmware, guestId, scsiType } = data;
const places = artifacts.map(({ format, target }) => ({ format, target }));
const facts = { virtualSizeBytes, firmware, guestId, scsiType };

describe("Downstream helpers in a Pulumi program", () => {
  describe("return for an image and its outputs the same as for plain data", () => {
    for (const from of ["image", "outputs"] as const) {
      const given = async (): Promise<[Sdk, StylusImage | StylusImage["outputs"]]> => {
        const [sdk, image] = await setUp("up", { ...data });
        return [sdk, from === "image" ? image : image.outputs];
      };

      it(`dataVolumeSource of the ${from}`, async () => {
        const [sdk, source] = await given();
        const made = await valueOf(sdk.dataVolumeSource(source));
        assert.deepEqual(made, sdk.dataVolumeSource(data));
      });
      it(`dataVolumeTemplate of the ${from}, to be spread`, async () => {
        const [sdk, source] = await given();
        const made = { ...sdk.dataVolumeTemplate(source, { name: pulumi.output("site") }) };
        assert.equal(made.kind, "DataVolume");
        const [metadata, spec] = [await valueOf(made.metadata), await valueOf(made.spec)];
        assert.deepEqual(
          { ...made, metadata, spec },
          sdk.dataVolumeTemplate(data, { name: "site" }),
        );
      });
      it(`containerDiskVolume of the ${from}`, async () => {
        const [sdk, source] = await given();
        const made = await valueOf(sdk.containerDiskVolume(source));
        assert.deepEqual(made, sdk.containerDiskVolume(data));
      });
      it(`ovfDeployArgs of the ${from}, to be spread`, async () => {
        const [sdk, source] = await given();
        const made = await valueOf(pulumi.output({ ...sdk.ovfDeployArgs(source, { userData }) }));
        assert.deepEqual(made, sdk.ovfDeployArgs(data, { userData }));
      });
      it(`contentLibraryItemArgs of the ${from}, to be spread`, async () => {
        const [sdk, source] = await given();
        const made = await valueOf(pulumi.output({ ...sdk.contentLibraryItemArgs(source) }));
        assert.deepEqual(made, sdk.contentLibraryItemArgs(data));
      });
    }
  });

  it("accept one artifact of an image", async () => {
    const [sdk, image] = await setUp("up", { ...data });
    const made = sdk.dataVolumeTemplate(image.artifact("qcow2"), { size: image.virtualSizeBytes });
    assert.deepEqual(await valueOf(made.spec), sdk.dataVolumeTemplate(data).spec);
  });

  it("accept the value of a StackReference", async () => {
    const [sdk] = await setUp("up", { outputs: { image: data } });
    const image = new pulumi.StackReference("org/images/prod").requireOutput("image");
    const made = await valueOf(sdk.dataVolumeSource(image));
    assert.deepEqual(made, sdk.dataVolumeSource(data));
  });

  it("accept outputs as options with plain data", async () => {
    const [sdk] = await setUp("up", {});
    const size = pulumi.output("100GiB");
    const options = { managedDataSource: "edge", schedule: "0 3 * * *" };
    const made = sdk.dataImportCron("registry.example/edge:1", { ...options, size });
    const plain = sdk.dataImportCron("registry.example/edge:1", { ...options, size: "100GiB" });
    assert.deepEqual(await valueOf(made.spec), plain.spec);
  });

  it("reject the same as for plain data", async () => {
    const [sdk, image] = await setUp("up", { ...data });
    const { promise } = told(sdk.dataVolumeSource(image, { format: "raw" }));
    await assert.rejects(promise(), { message: /requested is raw/ });
  });

  describe("in a preview", () => {
    const previews: readonly (readonly [string, Inputs, boolean])[] = [
      ["of an image that does not change are known", { ...data }, true],
      [
        "of one that gets another format are known",
        { known: { places: [...places, { format: "raw", target: "s3://b" }], artifacts, facts } },
        true,
      ],
      ["of a new image are computed", {}, false],
      ["of one to be made are computed", { known: { places, artifacts: [], facts } }, false],
    ];
    for (const [what, given, expected] of previews) {
      it(`those ${what}`, async () => {
        const [sdk, image] = await setUp("preview", given);
        const disk = sdk.dataVolumeTemplate(image);
        const deployment = sdk.ovfDeployArgs(image);
        const item = sdk.contentLibraryItemArgs(image);
        const made = {
          "dataVolumeTemplate.metadata": disk.metadata,
          "dataVolumeTemplate.spec": disk.spec,
          containerDiskVolume: sdk.containerDiskVolume(image),
          dataVolumeSource: sdk.dataVolumeSource(image),
          "ovfDeployArgs.ovfDeploy": deployment.ovfDeploy,
          "ovfDeployArgs.firmware": deployment.firmware,
          "contentLibraryItemArgs.name": item.name,
        };
        for (const [name, output] of Object.entries(made)) {
          assert.equal(await isKnown(output), expected, name);
        }
      });
    }

    it("select the place that `up` will select, not one that is published already", async () => {
      const first = { format: "qcow2", target: "https://other.example" };
      const known = { places: [first, ...places], artifacts, facts };
      const [sdk, image] = await setUp("preview", { known });
      assert.equal(await isKnown(sdk.dataVolumeSource(image)), false);
    });
    it("reject an artifact that the image will not have", async () => {
      const [sdk, image] = await setUp("preview", { known: { places, artifacts: [], facts } });
      const { promise } = told(sdk.dataVolumeSource(image, { format: "raw" }));
      await assert.rejects(promise(), { message: /requested is raw/ });
    });
    it("return known apiVersion and kind", async () => {
      const [sdk, image] = await setUp("preview", {});
      const { apiVersion, kind } = sdk.dataVolumeTemplate(image);
      assert.deepEqual([apiVersion, kind], ["cdi.kubevirt.io/v1beta1", "DataVolume"]);
    });
  });

  describe("keep secrets", () => {
    it("the guest settings, and only those", async () => {
      const [sdk, image] = await setUp("up", { ...data });
      const { extraConfig, ...rest } = sdk.ovfDeployArgs(image, {
        extraConfig: { "guestinfo.userdata": pulumi.secret(userData) },
      });
      assert.equal(await isSecret(extraConfig), true);
      for (const [name, output] of Object.entries(rest)) {
        assert.equal(await isSecret(output), false, name);
      }
    });
    it("guest settings as plain text", async () => {
      const [sdk, image] = await setUp("up", { ...data });
      assert.equal(await isSecret(sdk.ovfDeployArgs(image, { userData }).extraConfig), true);
    });
    it("site data that is an output, but not the name of a Secret", async () => {
      const [sdk] = await setUp("up", {});
      const [name, text] = [pulumi.output("site-17"), pulumi.output(userData)];
      assert.equal(await isSecret(sdk.cloudInitNoCloud({ userData: text })), true);
      assert.equal(await isSecret(sdk.cloudInitNoCloud({ secretRef: name })), false);
    });
    it("options that are secrets", async () => {
      const [sdk, image] = await setUp("up", { ...data });
      const extraHeaders = [pulumi.secret("X-Token: hunter22")];
      assert.equal(await isSecret(sdk.dataVolumeTemplate(image, { extraHeaders }).spec), true);
    });
  });
});
