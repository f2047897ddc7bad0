import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { StylusImage } from "pulumi-stylus-image";

const config = new pulumi.Config();
const region = config.get("region") ?? "us-east-1";
// Of a server that is not AWS, such as MinIO.
const endpoint = config.get("endpoint");

const image = new StylusImage("edge", {
  installer: config.require("installer"),
  // Golden: no token inside. Each host registers with what its site gives it.
  palette: { endpoint: config.require("paletteEndpoint"), registration: "site" },
  userData: readFileSync("user-data.yaml", "utf8"),
  machine: { diskSize: config.require("diskSize") },
  formats: ["qcow2", { type: "raw", compression: "zstd" }],
  // Credentials are found as the AWS CLI finds them, each time that they are needed: none stands in the state.
  publishTo: [
    {
      type: "s3",
      bucket: config.require("bucket"),
      prefix: "edge",
      region,
      ...(endpoint !== undefined && { endpoint }),
    },
  ],
  // Going back to the user-data of the image before takes a moment and no install.
  keepPrevious: 1,
});

export const qcow2 = image.artifact("qcow2").url;
export const sha256 = image.artifact("qcow2").sha256;
// What other stacks read: `reference.getOutput("outputs").apply((it) => artifact(it, "qcow2"))`.
export const outputs = image.outputs;
