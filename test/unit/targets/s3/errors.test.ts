import assert from "node:assert/strict";
import { s3Error } from "../../../../provider/targets/s3/errors";
import { StylusError, type ErrorCode } from "../../../../provider/base/errors";
import { type S3TargetSpec } from "../../../../provider/schema/targets/s3";
import { targetSchema } from "../../../../provider/schema/targets/target";

const signal = new AbortController().signal;

function spec(more: Record<string, unknown> = {}): S3TargetSpec {
  const parsed = targetSchema.parse({ type: "s3", bucket: "store", ...more });
  assert.equal(parsed.type, "s3");
  return parsed;
}

function sdkError(name: string, httpStatusCode?: number, message = "said the server"): Error {
  const metadata = httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } };
  return Object.assign(new Error(message), { name }, metadata);
}

describe("faults of S3", () => {
  const cases: [string, Error, ErrorCode, RegExp][] = [
    [
      "a bucket that is missing",
      sdkError("NoSuchBucket", 404),
      "publish.not-found",
      /aws s3 mb s3:\/\/store`/,
    ],
    ["access denied", sdkError("AccessDenied", 403), "publish.denied", /s3:PutObject/],
    ["a wrong key", sdkError("InvalidAccessKeyId", 403), "publish.denied", /wrong or expired/],
    ["an expired token", sdkError("ExpiredToken", 400), "publish.denied", /wrong or expired/],
    ["a wrong clock", sdkError("RequestTimeTooSkewed", 403), "publish.denied", /Set the clock/],
    ["no credentials", sdkError("CredentialsProviderError"), "publish.denied", /AWS_ACCESS_KEY_ID/],
    ["a proxy's refusal", sdkError("Unknown", 407), "publish.denied", /HTTPS_PROXY/],
    ["throttling", sdkError("SlowDown", 503), "publish.unreachable", /run again/],
    ["too many requests", sdkError("TooManyRequests", 429), "publish.unreachable", /run again/],
    [
      "a dead network",
      Object.assign(sdkError("Error", undefined, "connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
      "publish.unreachable",
      /Nothing accepts connections/,
    ],
    [
      "no region",
      sdkError("Error", undefined, "Region is missing"),
      "publish.failed",
      /AWS_REGION/,
    ],
    ["another region", sdkError("PermanentRedirect", 301), "publish.failed", /AWS_REGION/],
    ["no conditional writes", sdkError("NotImplemented", 501), "publish.failed", /If-None-Match/],
    ["anything else", sdkError("InvalidRequest", 400), "publish.failed", /required-only/],
  ];
  for (const [what, thrown, code, text] of cases) {
    it(`tells ${what} by its code, with a next step`, () => {
      const fault = s3Error(thrown, "write x", spec(), signal);
      assert.equal(fault.code, code);
      assert.match(fault.message, /^Cannot write x at s3:\/\/store/);
      assert.match(fault.message, text);
      assert.equal(fault.details.cause, thrown);
    });
  }

  it("says that the server takes no tags, where it refused some", () => {
    // Error texts of R2 and Backblaze.
    for (const [name, status, text] of [
      ["NotImplemented", 501, "Header 'x-amz-tagging' with value 'a=b' not implemented"],
      ["InvalidArgument", 400, "Unsupported header 'x-amz-tagging' received for this API call."],
    ] as const) {
      const thrown = sdkError(name, status, text);
      const fault = s3Error(thrown, "write x", spec({ tags: { a: "b" } }), signal);
      assert.equal(fault.code, "publish.failed");
      assert.match(fault.message, /does not support object tags\. Remove the target's `tags`/);
      assert.doesNotMatch(s3Error(thrown, "write x", spec(), signal).message, /object tags/);
    }
  });

  it("names the permission for tags where some are given", () => {
    const said = (more: Record<string, unknown>) =>
      s3Error(sdkError("AccessDenied", 403), "write x", spec(more), signal).message;
    assert.match(said({ tags: { a: "b" } }), /s3:PutObjectTagging/);
    assert.doesNotMatch(said({}), /Tagging/);
  });

  it("gives the very command that creates the bucket, without credentials", () => {
    const given = spec({
      endpoint: "https://user:secret@minio.lan:9000",
      region: "eu-west-1",
      profile: "builder",
    });
    const { message } = s3Error(sdkError("NoSuchBucket", 404), "write x", given, signal);
    assert.match(
      message,
      /`aws s3 mb s3:\/\/store --region eu-west-1 --endpoint-url https:\/\/minio\.lan:9000 --profile builder`/,
    );
    assert.ok(!message.includes("secret"));
  });

  it("passes on an error that is complete already, and the reason of a cancellation", () => {
    const own = new StylusError("publish.name-taken", { what: "Taken.", next: "Move it." });
    assert.equal(s3Error(own, "write x", spec(), signal), own);
    assert.throws(() => s3Error(sdkError("AbortError"), "write x", spec(), AbortSignal.abort()), {
      code: "build.cancelled",
    });
  });
});
