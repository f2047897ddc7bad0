import assert from "node:assert/strict";
import { targetSchema } from "../../../provider/schema/targets/target";
import { commandOptions } from "../../../provider/targets/command-options";

describe("commandOptions", () => {
  const of = (target: object): string => commandOptions(targetSchema.parse(target), "/project");

  it("names a target on this machine, quoted for a shell", () => {
    assert.equal(of({ type: "directory", path: "my images" }), "--to '/project/my images'");
    assert.equal(
      of({ type: "s3", bucket: "b", prefix: "p", endpoint: "https://minio:9000" }),
      "--to s3://b/p --s3-endpoint https://minio:9000",
    );
  });

  it("contains no credentials", () => {
    const secret = "s3cretvalue";
    const endpoint = `https://user:${secret}@minio:9000/?token=${secret}`;
    const targets = [
      { type: "s3", bucket: "b", endpoint },
      { type: "s3", bucket: "b", accessKeyId: secret, secretAccessKey: secret },
      { type: "oci", repository: "r.example/a", username: secret, password: secret },
      { type: "http", url: "https://files.example/a", headers: { Authorization: secret } },
    ];
    for (const target of targets) assert.ok(!of(target).includes(secret), of(target));
    assert.match(of({ type: "s3", bucket: "b", endpoint }), /--s3-endpoint https:\/\/minio:9000$/);
  });
});
