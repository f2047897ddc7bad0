import { s3TargetId } from "../../../../provider/schema/targets/identity";
import assert from "node:assert/strict";
import {
  s3Key,
  s3KeyOfUri,
  s3Uri,
  s3Url,
  type S3Location,
} from "../../../../provider/targets/s3/address";

const at = (more: Partial<S3Location> = {}): S3Location => ({
  bucket: "store",
  prefix: "",
  ...more,
});

describe("addresses at S3", () => {
  it("names a target by bucket, prefix and endpoint, without credentials", () => {
    assert.equal(s3TargetId(at()), "s3://store");
    assert.equal(s3TargetId(at({ prefix: "a/b" })), "s3://store/a/b");
    assert.equal(
      s3TargetId(at({ endpoint: "https://minio.lan:9000" })),
      "s3://store (https://minio.lan:9000)",
    );
    assert.equal(
      s3TargetId(at({ endpoint: "https://user:secret@minio.lan/s3/" })),
      "s3://store (https://minio.lan/s3)",
    );
  });

  it("puts keys below the prefix", () => {
    assert.equal(s3Key(at(), "x/y.raw"), "x/y.raw");
    assert.equal(s3Key(at({ prefix: "a" }), "x/y.raw"), "a/x/y.raw");
    assert.equal(s3Uri(at({ prefix: "a" }), "a/x/y.raw"), "s3://store/a/x/y.raw");
  });

  it("takes back only what lies below the prefix", () => {
    const location = at({ prefix: "a" });
    assert.equal(s3KeyOfUri(location, "s3://store/a/x/y.raw"), "a/x/y.raw");
    for (const uri of ["s3://store/ab/x", "s3://store/a/", "s3://other/a/x", "file:///a/x"]) {
      assert.throws(() => s3KeyOfUri(location, uri), /is not in s3:\/\/store\/a/, uri);
    }
  });

  it("gives an immutable URL in the style that the bucket and the endpoint allow", () => {
    const url = (location: S3Location, region = "eu-west-1") =>
      s3Url(location, "x y/ü.raw", region);
    assert.equal(url(at()), "https://store.s3.eu-west-1.amazonaws.com/x%20y/%C3%BC.raw");
    assert.equal(
      url(at(), "cn-north-1"),
      "https://store.s3.cn-north-1.amazonaws.com.cn/x%20y/%C3%BC.raw",
    );
    assert.equal(
      url(at({ bucket: "my.store" })),
      "https://s3.eu-west-1.amazonaws.com/my.store/x%20y/%C3%BC.raw",
    );
    assert.equal(
      url(at({ endpoint: "http://minio.lan:9000/s3" })),
      "http://minio.lan:9000/s3/store/x%20y/%C3%BC.raw",
    );
    assert.equal(
      url(at({ endpoint: "https://r2.example", pathStyle: false })),
      "https://store.r2.example/x%20y/%C3%BC.raw",
    );
    assert.equal(
      url(at({ endpoint: "https://user:secret@minio.lan" })),
      "https://minio.lan/store/x%20y/%C3%BC.raw",
    );
  });
});
