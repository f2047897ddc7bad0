import assert from "node:assert/strict";
import { addressBySpec } from "../../../provider/targets/public-url";
import { targetSchema } from "../../../provider/schema/targets/target";

const awsUrl = (bucket: string, region: string) =>
  `https://${bucket}.s3.${region}.amazonaws.com/images/a%20b/x.ova`;
const s3 = { type: "s3", bucket: "store", prefix: "images" };
const inBucket = { uri: "s3://store/images/a b/x.ova", url: "https://cdn.of.another/stack.ova" };
const web = { type: "http", url: "https://h:443/files" };
const onWeb = { uri: "https://h/files/a%20b/x.ova", url: "https://cdn.of.another/stack.ova" };

describe("the address of a publication for readers", () => {
  const rows: readonly (readonly [string, object, typeof inBucket, string | undefined])[] = [
    [
      "is a base with the encoded key behind it",
      { ...s3, publicUrl: "https://CDN.example.com/" },
      inBucket,
      "https://cdn.example.com/images/a%20b/x.ova",
    ],
    [
      "is a template filled with the encoded key",
      { ...s3, publicUrl: "https://cdn.example.com/get/{key}/now" },
      inBucket,
      "https://cdn.example.com/get/images/a%20b/x.ova/now",
    ],
    [
      "has the bucket where the template names it",
      { ...s3, publicUrl: "https://{bucket}.example.com/{bucket}" },
      inBucket,
      "https://store.example.com/store/images/a%20b/x.ova",
    ],
    [
      "is the server's own without a template, whatever a record says",
      { ...s3, endpoint: "https://minio:9000" },
      inBucket,
      "https://minio:9000/store/images/a%20b/x.ova",
    ],
    [
      "is that of the region of the spec",
      { ...s3, region: "eu-north-1" },
      { ...inBucket, url: awsUrl("store", "us-east-1") },
      awsUrl("store", "eu-north-1"),
    ],
    [
      "is that of the region that was found before",
      s3,
      { ...inBucket, url: awsUrl("store", "us-east-1") },
      awsUrl("store", "us-east-1"),
    ],
    ["is for the client to find where nothing says the region", s3, inBucket, undefined],
    [
      "is a base at a web server, too",
      { ...web, publicUrl: "https://cdn.example.com/x" },
      onWeb,
      "https://cdn.example.com/x/a%20b/x.ova",
    ],
    [
      "is a template at a web server, too",
      { ...web, publicUrl: "https://cdn.example.com/{key}/raw" },
      onWeb,
      "https://cdn.example.com/a%20b/x.ova/raw",
    ],
    ["is where a web server has it without one", web, onWeb, onWeb.uri],
    [
      "is in the folder where the project is now",
      { type: "directory", path: "images" },
      { uri: "file:///old/x-1/x-2.raw", url: "file:///old/x-1/x-2.raw" },
      "file:///project/images/x-1/x-2.raw",
    ],
    [
      "is in a folder with an absolute path",
      { type: "directory", path: "/mnt/images/" },
      { uri: "file:///old/x-1/x%202.raw", url: "file:///old/x-1/x%202.raw" },
      "file:///mnt/images/x-1/x%202.raw",
    ],
    [
      "has the vSphere server's name as the target gives it",
      { type: "vsphere", server: "vc.example:8443", library: "l" },
      {
        uri: "vsphere://vc.example/library/l/a",
        url: "https://10.0.0.1/api/content/library/item/1",
      },
      "https://vc.example:8443/api/content/library/item/1",
    ],
    ["is for the kubeconfig to tell at CDI", { type: "cdi" }, inBucket, undefined],
  ];
  for (const [rule, spec, publication, expected] of rows) {
    it(rule, () => {
      const address = addressBySpec(targetSchema.parse(spec), publication, "/project");
      assert.equal(address?.url, expected);
    });
  }
});
