import assert from "node:assert/strict";
import {
  cloudInitNoCloud,
  containerDiskVolume,
  dataImportCron,
  dataVolumeTemplate,
  type DataVolumeTemplateOptions,
} from "../../../sdk";
import {
  startKubeApiServer,
  type KubeApiServer,
  type KubeAnswer,
} from "../../servers/kube-apiserver";
import { kubevirtCrds } from "../../servers/kubevirt-crds";
import {
  inBucket,
  inCluster,
  inRegistry,
  onServer,
  outputsWith,
} from "../../unit/sdk/downstream/samples";

const image = outputsWith(onServer("qcow2"), inBucket("raw"), inRegistry());
const everything: DataVolumeTemplateOptions = {
  namespace: "default",
  labels: { site: "17" },
  annotations: { "cdi.kubevirt.io/storage.bind.immediate.requested": "true" },
  size: "120GiB",
  storageClassName: "fast",
  accessModes: ["ReadWriteMany"],
  volumeMode: "Block",
  secretRef: "keys",
  certConfigMap: "authority",
  extraHeaders: ["X-One: 1"],
  secretExtraHeaders: ["header"],
  pullMethod: "node",
};
const userData = "#cloud-config\nhostname: site-17\n";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** A machine from the results of the helpers, as their documentation shows. */
function machine(name: string): Manifest {
  const { metadata, spec } = dataVolumeTemplate(image, { checksum: false });
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: { name },
    spec: {
      runStrategy: "Always",
      dataVolumeTemplates: [
        { metadata, spec },
        dataVolumeTemplate(image, { name: "second", checksum: false }),
      ],
      template: {
        spec: {
          domain: {
            devices: {
              disks: ["root", "live", "cidata"].map((it) => ({
                name: it,
                disk: { bus: "virtio" },
              })),
            },
            memory: { guest: "8Gi" },
          },
          volumes: [
            { name: "root", dataVolume: { name: metadata.name } },
            containerDiskVolume(image, { name: "live", imagePullSecret: "pull" }),
            cloudInitNoCloud({ userData, networkDataSecretRef: "network" }),
          ],
        },
      },
    },
  };
}

const plurals: Readonly<Record<string, string>> = {
  DataVolume: "datavolumes",
  DataImportCron: "dataimportcrons",
  VirtualMachine: "virtualmachines",
};

describe("Downstream helpers against a Kubernetes API server", function () {
  this.timeout(300_000);
  let server: KubeApiServer;
  before(async () => {
    server = await startKubeApiServer();
  });
  after(() => server.stop());

  const folderOf = ({ apiVersion, kind }: Manifest): string =>
    `/apis/${apiVersion}/namespaces/default/${plurals[kind] ?? ""}`;
  /** Like `kubectl create --validate=strict`. */
  const create = (object: Manifest, validation = "Strict"): Promise<KubeAnswer> =>
    server.call("POST", `${folderOf(object)}?fieldValidation=${validation}`, { body: object });
  /** Like Pulumi's Kubernetes provider. */
  const apply = (object: Manifest): Promise<KubeAnswer> =>
    server.call(
      "PATCH",
      `${folderOf(object)}/${object.metadata.name}?fieldManager=test&fieldValidation=Warn`,
      { body: object, contentType: "application/apply-patch+yaml" },
    );
  const remove = (object: Manifest): Promise<KubeAnswer> =>
    server.call("DELETE", `${folderOf(object)}/${object.metadata.name}`);

  async function isKept(object: Manifest): Promise<void> {
    const created = await create(object);
    assert.equal(created.status, 201, JSON.stringify(created.body));
    const { body } = await server.call("GET", `${folderOf(object)}/${object.metadata.name}`);
    assert.partialDeepStrictEqual(body, { ...object });
    assert.equal((await remove(object)).status, 200);
    const applied = await apply(object);
    assert.equal(applied.status, 201, JSON.stringify(applied.body));
    assert.deepEqual(applied.warnings, []);
    await remove(object);
  }

  describe("with the types of CDI 1.65", () => {
    before(() => server.establish(kubevirtCrds({ cdi: "1.65" })));
    after(() => server.withdraw(kubevirtCrds({ cdi: "1.65" })));

    const objects: readonly (readonly [string, Manifest])[] = [
      ["a DataVolume of a web server", dataVolumeTemplate(image)],
      ["one with every option", dataVolumeTemplate(image, everything)],
      ["a DataVolume of a bucket", dataVolumeTemplate(image, { ...everything, format: "raw" })],
      ["a clone of a volume", dataVolumeTemplate(outputsWith(inCluster("qcow2")))],
      [
        "a DataVolume of a registry",
        dataVolumeTemplate(image, { ...everything, format: "containerdisk" }),
      ],
      [
        "a DataImportCron",
        dataImportCron("registry.example/edge:stable", {
          managedDataSource: "edge",
          schedule: "0 3 * * *",
          size: "100GiB",
        }),
      ],
      [
        "one with every option",
        dataImportCron("registry.example/edge:stable", {
          ...everything,
          name: "cron",
          managedDataSource: "edge",
          schedule: "0 3 * * *",
          size: "100GiB",
          garbageCollect: "Never",
          importsToKeep: 2,
          retentionPolicy: "None",
        }),
      ],
      ["a VirtualMachine of disk, containerdisk and site data", machine("edge-17")],
    ];
    for (const [what, object] of objects) {
      it(`the server takes and keeps ${what}`, () => isKept(object));
    }

    it("refuses a field that it does not know, so that the rest was known", async () => {
      for (const [, object] of objects) {
        const { status, body } = await create({ ...object, spec: { ...object.spec, sorce: {} } });
        assert.equal(status, 400);
        assert.match(JSON.stringify(body), /unknown field \\"spec\.sorce\\"/);
      }
    });

    it("knows no checksum inside of a VirtualMachine, as the documentation says", async () => {
      const vm = machine("edge-18");
      const spec = { ...vm.spec, dataVolumeTemplates: [dataVolumeTemplate(image)] };
      const { status, body } = await create({ ...vm, spec });
      assert.equal(status, 400);
      assert.match(JSON.stringify(body), /dataVolumeTemplates\[0\].spec.source.http.checksum/);
    });
  });

  describe("with the types of an older CDI", () => {
    before(() => server.establish(kubevirtCrds({ cdi: "1.63" })));

    it("a checksum is refused by name where Pulumi applies it", async () => {
      const { status, body } = await apply(dataVolumeTemplate(image));
      assert.equal(status, 500);
      assert.match(JSON.stringify(body), /spec\.source\.http\.checksum: field not declared/);
    });
    it("and passed over, with a warning, where it is created without validation", async () => {
      const { status, body, warnings } = await create(dataVolumeTemplate(image), "Warn");
      assert.equal(status, 201);
      assert.match(warnings.join(), /unknown field .*spec\.source\.http\.checksum/);
      assert.doesNotMatch(JSON.stringify(body), /checksum/);
      await remove(dataVolumeTemplate(image));
    });
    it("everything is kept without one", () =>
      isKept(dataVolumeTemplate(image, { checksum: false })));
  });
});
