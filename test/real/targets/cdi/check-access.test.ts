import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { ErrorCode } from "../../../../provider/base/errors";
import { GiB } from "../../../../provider/base/size";
import { noFindings, type AccessFindings } from "../../../../provider/targets/access";
import { never } from "../../../support/artifacts";
import { startNginx } from "../../../servers/nginx";
import { needs } from "../access";
import { namespace, useCdiCluster } from "./cluster";

function assertOnly({ problems }: AccessFindings, code: ErrorCode, ...texts: RegExp[]): void {
  assert.deepEqual(
    problems.map((it) => it.code),
    [code],
    problems.map(({ message }) => message).join("\n"),
  );
  for (const text of texts) assert.match(problems[0]?.message ?? "", text);
}

describe("asking a cluster with CDI", () => {
  const cluster = useCdiCluster();
  const check = (more: Record<string, unknown> = {}, wanted = needs): Promise<AccessFindings> =>
    cluster().target(more).checkAccess(wanted, never);
  const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const setQuota = async (hard: object, used: object): Promise<void> => {
    await cluster().kube.call("DELETE", `${quotas}/limit`);
    await cluster().kube.call("POST", quotas, {
      body: { metadata: { name: "limit" }, spec: { hard } },
    });
    await cluster().kube.patchStatus(`${quotas}/limit`, { hard, used });
  };
  afterEach(() => cluster().kube.call("DELETE", `${quotas}/limit`));

  it("refuses a missing namespace and a missing cluster with one problem each", async () => {
    assertOnly(
      await check({ namespace: "nowhere" }),
      "publish.not-found",
      /no namespace "nowhere"/,
    );
    assertOnly(await check({ kubeconfig: "/nowhere" }), "publish.denied", /There is no kubeconfig/);
  });

  it("refuses an upload proxy that is not there, is something else, or has an unknown certificate", async () => {
    const nowhere = { uploadProxy: "https://127.0.0.1:9" };
    assertOnly(await check(nowhere), "publish.unreachable", /target's `uploadProxy`/);
    const untrusted = { uploadProxy: cluster().uploadProxy };
    assertOnly(await check(untrusted), "publish.unreachable", /uploadProxyCaFile/);
    const nginx = await startNginx({ kind: "put" });
    try {
      const found = await check({ uploadProxy: nginx.origin });
      assertOnly(found, "publish.not-found", /There is no upload proxy at that address/);
    } finally {
      await nginx.stop();
    }
    await cluster().cdi.configure({ uploadProxyURL: "" });
    assertOnly(await check(), "publish.failed", /no valid address of the upload proxy/);
  });

  it("refuses a quota that the volumes exceed, and passes one that they fit into", async () => {
    await setQuota({ "requests.storage": "10Gi" }, { "requests.storage": "2Gi" });
    assert.deepEqual(await check({}, { ...needs, diskBytes: 8 * GiB }), noFindings);
    const tooLarge = await check({}, { ...needs, diskBytes: 9 * GiB });
    assertOnly(tooLarge, "publish.failed", /"limit" .* leaves 8 GiB of requests\.storage.* 9 GiB/);
    // `size` is larger than the disk.
    assertOnly(await check({ size: "20GiB" }), "publish.failed", /the volumes need 20 GiB/);
    await setQuota({ persistentvolumeclaims: "3" }, { persistentvolumeclaims: "3" });
    assertOnly(await check(), "publish.failed", /leaves 0 of persistentvolumeclaims/);
  });

  it("only warns of a quota while an unfinished volume of its own may be counted in it", async () => {
    cluster().cdi.behaviour.holdAt = "Pending";
    await cluster().kube.call("POST", cluster().path("datavolumes"), {
      body: {
        apiVersion: "cdi.kubevirt.io/v1beta1",
        kind: "DataVolume",
        metadata: {
          name: "unfinished",
          labels: { "app.kubernetes.io/managed-by": "pulumi-stylus-image" },
        },
        spec: { source: { upload: {} }, storage: { resources: { requests: { storage: "1Gi" } } } },
      },
    });
    // Its claim, which CDI makes, is what the quota counts.
    const claim = cluster().path("persistentvolumeclaims", "unfinished");
    for (let tries = 0; (await cluster().kube.call("GET", claim)).status === 404; tries += 1) {
      assert.ok(tries < 200);
      await delay(50);
    }
    await setQuota({ persistentvolumeclaims: "1" }, { persistentvolumeclaims: "1" });
    const { problems, warnings } = await check();
    assert.deepEqual(problems, []);
    assert.match(warnings.join(), /leaves 0 of persistentvolumeclaims/);
    await cluster().kube.call("DELETE", cluster().path("datavolumes", "unfinished"));
  });

  it("warns of a storage class that does not exist, and takes one that does", async () => {
    const { problems, warnings } = await check({ storageClass: "fast" });
    assert.deepEqual(problems, []);
    assert.match(warnings.join(), /no storage class "fast"/);
    const classes = "/apis/storage.k8s.io/v1/storageclasses";
    const body = { metadata: { name: "fast" }, provisioner: "example.com/none" };
    await cluster().kube.call("POST", classes, { body });
    assert.deepEqual(await check({ storageClass: "fast" }), noFindings);
    await cluster().kube.call("DELETE", `${classes}/fast`);
  });
});
