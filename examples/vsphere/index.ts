import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";
import { datastorePath, SiteSeed, StylusImage, templateCloneArgs } from "pulumi-stylus-image";

const config = new pulumi.Config();
const places = {
  datacenter: config.require("datacenter"),
  resourcePool: config.require("resourcePool"),
  datastore: config.require("datastore"),
  network: config.require("network"),
};
// User and password are found in VSPHERE_USER and VSPHERE_PASSWORD, as the vSphere provider finds them.
const vcenter = {
  type: "vsphere",
  server: config.require("server"),
  thumbprint: config.require("thumbprint"),
} as const;

// The OVA goes to the library, and vCenter makes a template of it.
const image = new StylusImage("edge", {
  installer: config.require("installer"),
  // Golden: no token inside. Each host registers with what its site gives it.
  palette: { endpoint: config.require("paletteEndpoint"), registration: "site" },
  userData: readFileSync("user-data.yaml", "utf8"),
  machine: { diskSize: config.require("diskSize") },
  formats: ["ova"],
  publishTo: [{ ...vcenter, library: config.require("library"), deploy: places }],
});

// What only the site knows, as a CD: read once, at the first boot.
const seed = new SiteSeed("site-17", {
  palette: { name: "edge-17", edgeHostToken: config.requireSecret("edgeHostToken") },
  userData: readFileSync("site-17.yaml", "utf8"),
  publishTo: [
    { ...vcenter, datacenter: places.datacenter, datastore: places.datastore, folder: "seeds" },
  ],
});

const datacenterId = vsphere.getDatacenterOutput({ name: places.datacenter }).id;
const datastoreId = vsphere.getDatastoreOutput({ name: places.datastore, datacenterId }).id;
const networkId = vsphere.getNetworkOutput({ name: places.network, datacenterId }).id;
const resourcePoolId = vsphere.getResourcePoolOutput({
  name: places.resourcePool,
  datacenterId,
}).id;

// A machine of another template is another machine, and so is one of another site: it registers anew.
const machine = new vsphere.VirtualMachine(
  "machine",
  {
    ...templateCloneArgs(image),
    name: "edge-17",
    resourcePoolId,
    datastoreId,
    networkInterfaces: [{ networkId }],
    cdroms: [{ datastoreId, path: datastorePath(seed.artifact()) }],
  },
  { replaceOnChanges: ["cdroms"], deleteBeforeReplace: true },
);

export const template = image.template().path;
export const cd = seed.artifact().uri;
export const virtualMachine = machine.id;
