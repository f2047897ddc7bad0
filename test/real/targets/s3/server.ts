import { S3Client } from "@aws-sdk/client-s3";
import type { S3TargetSpec } from "../../../../provider/schema/targets/s3";
import { startFaultProxy, type FaultProxy } from "../../../servers/fault-proxy";
import { startVersitygw, type Versitygw } from "../../../servers/versitygw";
import { s3Spec } from "./spec";

export const bucket = "image-store";

export interface S3Server {
  readonly gateway: Versitygw;
  readonly proxy: FaultProxy;
  /** A client that bypasses the proxy, as another program does. */
  readonly stranger: S3Client;
  spec(more?: Record<string, unknown>): S3TargetSpec;
}

/** One server per suite; rules and counts are reset for every test. */
export function useS3Server(): () => S3Server {
  let server: S3Server | undefined;
  const get = (): S3Server => {
    if (server === undefined) throw new Error("the server is not up");
    return server;
  };
  before(async () => {
    const gateway = await startVersitygw();
    await gateway.createBucket(bucket);
    const proxy = await startFaultProxy(gateway.port);
    const { accessKeyId, secretAccessKey, region, endpoint } = gateway;
    const credentials = { accessKeyId, secretAccessKey };
    const stranger = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
    const spec: S3Server["spec"] = (more = {}) =>
      s3Spec(gateway, { bucket, endpoint: proxy.endpoint, partSize: "5MiB", ...more });
    server = { gateway, proxy, stranger, spec };
  });
  beforeEach(() => get().proxy.reset());
  after(async () => {
    await server?.proxy.stop();
    await server?.gateway.stop();
  });
  return get;
}
