import assert from "node:assert/strict";
import { GiB } from "../../../../provider/base/size";
import { cloudInitNoCloud, containerDiskVolume, dataImportCron } from "../../../../sdk";
import { inBucket, inRegistry, outputsWith, sha256, type Refusal } from "./samples";

const userData = "#cloud-config\nhostname: site-17\n";

describe("containerDiskVolume", () => {
  it("refers to the image by digest", () =>
    assert.deepEqual(containerDiskVolume(outputsWith(inBucket("containerdisk"), inRegistry())), {
      name: "containerdisk",
      containerDisk: { image: `registry.example/edge/disk@sha256:${sha256}` },
    }));
  it("uses the options name, secret and policy", () =>
    assert.deepEqual(
      containerDiskVolume(inRegistry(), {
        name: "root",
        imagePullSecret: "pull",
        imagePullPolicy: "IfNotPresent",
      }),
      {
        name: "root",
        containerDisk: {
          image: `registry.example/edge/disk@sha256:${sha256}`,
          imagePullSecret: "pull",
          imagePullPolicy: "IfNotPresent",
        },
      },
    ));
});

describe("dataImportCron", () => {
  const options = { managedDataSource: "edge", schedule: "0 3 * * *", size: 100 * GiB };

  it("follows a tag", () =>
    assert.deepEqual(dataImportCron("registry.example:5000/edge/disk:stable", options), {
      apiVersion: "cdi.kubevirt.io/v1beta1",
      kind: "DataImportCron",
      metadata: { name: "edge" },
      spec: {
        managedDataSource: "edge",
        schedule: "0 3 * * *",
        template: {
          spec: {
            source: { registry: { url: "docker://registry.example:5000/edge/disk:stable" } },
            storage: { resources: { requests: { storage: "100Gi" } } },
          },
        },
      },
    }));
  it("uses the other options", () => {
    const { metadata, spec } = dataImportCron("docker://registry.example/edge:1", {
      ...options,
      name: "cron",
      namespace: "images",
      garbageCollect: "Outdated",
      importsToKeep: 2,
      retentionPolicy: "None",
      secretRef: "keys",
      certConfigMap: "ca",
      pullMethod: "pod",
      storageClassName: "fast",
    });
    assert.deepEqual(metadata, { name: "cron", namespace: "images" });
    const { template, ...rest } = spec;
    assert.deepEqual(rest, {
      managedDataSource: "edge",
      schedule: "0 3 * * *",
      garbageCollect: "Outdated",
      importsToKeep: 2,
      retentionPolicy: "None",
    });
    assert.deepEqual(template.spec.source.registry, {
      url: "docker://registry.example/edge:1",
      secretRef: "keys",
      certConfigMap: "ca",
      pullMethod: "pod",
    });
    assert.equal(template.spec.storage.storageClassName, "fast");
  });

  const refusals: readonly Refusal[] = [
    {
      of: "a digest, which never moves",
      ask: () => dataImportCron(inRegistry().url, options),
      text: /It is a digest, which never moves; .* Use a tag/,
    },
    {
      of: "a repository without a tag",
      ask: () => dataImportCron("registry.example/edge", options),
      text: /does not consist of registry, repository and tag/,
    },
    {
      of: "a DataSource that no DNS label names",
      ask: () =>
        dataImportCron("registry.example/edge:1", {
          ...options,
          managedDataSource: "a".repeat(64),
        }),
      text: /`managedDataSource` is .* not a DNS label/,
    },
  ];
  for (const { of, ask, text } of refusals) {
    it(`rejects ${of}`, () => assert.throws(ask, { message: text, code: "input.invalid" }));
  }
});

describe("cloudInitNoCloud", () => {
  it("returns a volume with the site's cloud-config", () =>
    assert.deepEqual(cloudInitNoCloud({ userData }), {
      name: "cidata",
      cloudInitNoCloud: { userData },
    }));
  it("encodes it as base64", () =>
    assert.deepEqual(
      cloudInitNoCloud({ userData, networkData: "version: 2", encoding: "base64" }),
      {
        name: "cidata",
        cloudInitNoCloud: {
          userDataBase64: Buffer.from(userData).toString("base64"),
          networkDataBase64: Buffer.from("version: 2").toString("base64"),
        },
      },
    ));
  it("refers to Secrets", () =>
    assert.deepEqual(
      cloudInitNoCloud({ name: "site", secretRef: "site-17", networkDataSecretRef: "net-17" }),
      {
        name: "site",
        cloudInitNoCloud: {
          secretRef: { name: "site-17" },
          networkDataSecretRef: { name: "net-17" },
        },
      },
    ));
  it("accepts texts up to KubeVirt's limit", () => {
    const longest = userData.padEnd(2048, "#");
    assert.equal(cloudInitNoCloud({ userData: longest }).cloudInitNoCloud.userData, longest);
  });

  const refusals: readonly Refusal[] = [
    {
      of: "a text that is no cloud-config, without saying it",
      ask: () => cloudInitNoCloud({ userData: "password: hunter22" }),
      text: /^`userData` is not a cloud-config\. (?!.*hunter22)/,
    },
    {
      of: "a first line that only begins like one",
      ask: () => cloudInitNoCloud({ userData: "#cloud-configuration\n" }),
      text: /first line is not `#cloud-config`/,
    },
    {
      of: "more than KubeVirt takes, counted in bytes",
      ask: () => cloudInitNoCloud({ userData: `${userData}${"é".repeat(1020)}` }),
      text: /`userData` has 2072 bytes; .* at most 2048 .*Secret under `userdata`, .* set `secretRef`/,
    },
    {
      of: "more network data than KubeVirt takes",
      ask: () => cloudInitNoCloud({ secretRef: "s", networkData: "n".repeat(2049) }),
      text: /Secret under `networkdata`, .* set `networkDataSecretRef`/,
    },
    { of: "nothing", ask: () => cloudInitNoCloud({}), text: /Neither is given/ },
    {
      of: "two cloud-configs",
      ask: () => cloudInitNoCloud({ userData, secretRef: "s" }),
      text: /Both are given/,
    },
    {
      of: "two network configurations",
      ask: () => cloudInitNoCloud({ userData, networkData: "n", networkDataSecretRef: "s" }),
      text: /Both `networkData` and `networkDataSecretRef`/,
    },
    {
      of: "a name that no volume can have",
      ask: () => cloudInitNoCloud({ userData, name: "Site 17" }),
      text: /`name` is "Site 17", which is not a DNS label/,
    },
  ];
  for (const { of, ask, text } of refusals) {
    it(`rejects ${of}`, () => assert.throws(ask, { message: text, code: "input.invalid" }));
  }

  it("rejects a containerdisk that is a file", () =>
    assert.throws(() => containerDiskVolume(inBucket("containerdisk")), {
      message: /nodes pull images only from registries\. Publish it to an `oci` target/,
    }));
});
