import { readFileSync } from "node:fs";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { cloudInitNoCloud, dataVolumeTemplate, StylusImage } from "pulumi-stylus-image";

const config = new pulumi.Config();
const namespace = config.require("namespace");

const image = new StylusImage("edge", {
  installer: config.require("installer"),
  // Golden: no token inside. Each host registers with what its site gives it.
  palette: { endpoint: config.require("paletteEndpoint"), registration: "site" },
  userData: readFileSync("user-data.yaml", "utf8"),
  machine: { diskSize: config.require("diskSize") },
  formats: ["containerdisk"],
  publishTo: [
    {
      type: "oci",
      repository: config.require("repository"),
      plainHttp: config.requireBoolean("plainHttp"),
    },
  ],
});

// CDI imports the containerdisk by its digest. Another content makes another DataVolume, before the old one goes.
const disk = new kubernetes.apiextensions.CustomResource(
  "disk",
  { ...dataVolumeTemplate(image, { name: "edge", namespace }) },
  { replaceOnChanges: ["spec"] },
);

// A machine whose root is another disk is another machine: it registers anew. Without `replaceOnChanges` KubeVirt would
// put the new disk into the old one at its next start.
const machine = new kubernetes.apiextensions.CustomResource(
  "machine",
  {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: { name: "edge-17", namespace },
    spec: {
      runStrategy: "Always",
      template: {
        spec: {
          domain: {
            cpu: { cores: 4 },
            memory: { guest: "8Gi" },
            devices: {
              disks: [
                { name: "root", disk: { bus: "virtio" } },
                { name: "cidata", disk: { bus: "virtio" } },
              ],
              interfaces: [{ name: "default", masquerade: {} }],
            },
          },
          networks: [{ name: "default", pod: {} }],
          volumes: [
            { name: "root", dataVolume: { name: disk.metadata.name } },
            // Token, name and network of the site: read once, at the first boot.
            cloudInitNoCloud({ secretRef: config.require("siteSecret") }),
          ],
        },
      },
    },
  },
  { replaceOnChanges: ["spec.template.spec.volumes"], deleteBeforeReplace: true },
);

export const containerDisk = image.artifact("containerdisk").url;
export const dataVolume = disk.metadata.name;
export const virtualMachine = machine.metadata.name;
