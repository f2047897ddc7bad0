import * as pulumi from "@pulumi/pulumi";
import { StylusImage } from "pulumi-stylus-image";

const config = new pulumi.Config();

// Set them with `pulumi config set paletteEndpoint ...` and `pulumi config set --secret edgeHostToken ...`.
const endpoint = config.get("paletteEndpoint");
const edgeHostToken = config.getSecret("edgeHostToken");

const image = new StylusImage("edge", {
  installer: config.require("installer"),
  ...(endpoint !== undefined && {
    palette: { endpoint, ...(edgeHostToken !== undefined && { edgeHostToken }) },
  }),
  machine: { diskSize: config.require("diskSize") },
  formats: ["raw", "qcow2"],
  publishTo: [{ type: "directory", path: "images" }],
});

export const qcow2 = image.artifact("qcow2").url;
export const raw = image.artifact("raw").url;
export const installKey = image.installKey;
