import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { StylusImage } from "pulumi-stylus-image";
import { LocalMachine } from "./local-machine";

const config = new pulumi.Config();

const image = new StylusImage("edge", {
  installer: config.require("installer"),
  // Golden: no token inside. Each host registers with what its site gives it.
  palette: { endpoint: config.require("paletteEndpoint"), registration: "site" },
  userData: readFileSync("user-data.yaml", "utf8"),
  machine: { diskSize: config.require("diskSize") },
  formats: ["qcow2"],
  publishTo: [{ type: "directory", path: "images" }],
});

const machine = new LocalMachine("machine", {
  disk: image.artifact("qcow2").url,
  memory: config.require("memory"),
  accelerator: config.require("accelerator"),
  folder: "machines",
});

export const disk = image.artifact("qcow2").url;
export const console = machine.console;
export const processId = machine.processId;
