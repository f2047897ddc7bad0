import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterAuthority } from "../../../provider/targets/cdi/kube/credentials";
import { readKubeContext } from "../../../provider/targets/cdi/kube/config";
import { readLoginFile } from "../../../provider/targets/oci/auth-file";
import { readCredentials } from "../../../provider/targets/vsphere/client/credentials";
import { vsphereTarget } from "../../../provider/schema/targets/vsphere";
import { temporaryFolder } from "../agent/temporary-folder";

const folder = temporaryFolder();
const kubeconfig = JSON.stringify({
  clusters: [{ name: "a", cluster: { server: "https://edge:6443" } }],
  users: [{ name: "a", user: { token: "t" } }],
  contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
  "current-context": "a",
});

/** Reads the context of a kubeconfig `file`. */
const contextOf = () => readKubeContext({ kubeconfig: "file" }, folder());

/** A target's file that a user writes, its content, and what reads it. */
const readers: readonly (readonly [what: string, content: string, read: () => Promise<unknown>])[] =
  [
    ["a kubeconfig", kubeconfig, async () => (await contextOf()).server.hostname],
    [
      "the CA that a kubeconfig names",
      "-----BEGIN CERTIFICATE-----\n",
      async () => {
        writeFileSync(join(folder(), "kubeconfig"), kubeconfig);
        const context = await readKubeContext({ kubeconfig: "kubeconfig" }, folder());
        const file = { "certificate-authority": join(folder(), "file") };
        return clusterAuthority({ ...context, cluster: { ...context.cluster, ...file } });
      },
    ],
    [
      "vSphere's credentials",
      '{"username": "a", "password": "p\u00e4"}',
      async () => {
        const spec = vsphereTarget.parse({
          ...{ type: "vsphere", server: "vc", datastore: "d" },
          credentialsFile: "file",
        });
        return (await readCredentials(spec, folder())).password;
      },
    ],
    [
      "the logins of docker",
      '{"auths": {}}',
      async () => {
        const text = await readLoginFile(join(folder(), "file"));
        if (typeof text !== "string") throw new Error(text.why);
        return text;
      },
    ],
  ];

describe("files of targets", () => {
  for (const [what, content, read] of readers) {
    it(`are decoded like every text: ${what}`, async () => {
      const file = join(folder(), "file");
      writeFileSync(file, content);
      const plain = await read();
      writeFileSync(file, `\ufeff${content.replaceAll("\n", "\r\n")}`);
      assert.deepEqual(await read(), plain);
      writeFileSync(file, Buffer.from(`\ufeff${content}`, "utf16le"));
      await assert.rejects(read(), { message: /is UTF-16.*iconv -f UTF-16/s });
    });
  }
});
