import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { SiteSeed, StylusImage, type Target } from "pulumi-stylus-image";
import { sites } from "./sites";

const config = new pulumi.Config();
const endpoint = config.get("endpoint");
const bucket: Target = {
  type: "s3",
  bucket: config.require("bucket"),
  prefix: "fleet",
  region: config.get("region") ?? "us-east-1",
  ...(endpoint !== undefined && { endpoint }),
};

// Installed, verified and published once, however many sites there are.
const image = new StylusImage("golden", {
  installer: config.require("installer"),
  // No token inside. Each host registers with what its site gives it.
  palette: { endpoint: config.require("paletteEndpoint"), registration: "site" },
  userData: readFileSync("user-data.yaml", "utf8"),
  machine: { diskSize: config.require("diskSize") },
  formats: ["qcow2"],
  publishTo: [bucket],
});

// Half a megabyte per site, made in a moment. Another site, or a change of one, touches no other.
const edgeHostToken = config.requireSecret("edgeHostToken");
const seeds = sites.map(({ name, city, timeServer }) => ({
  name,
  seed: new SiteSeed(name, {
    palette: { name, edgeHostToken, tags: { city } },
    userData: { stages: { initramfs: [{ hostname: name, timesyncd: { NTP: timeServer } }] } },
    publishTo: [bucket],
  }),
}));

/** What each site's machine gets: the same disk, and a CD of its own. */
export const disk = image.artifact("qcow2").url;
export const cds = Object.fromEntries(seeds.map(({ name, seed }) => [name, seed.artifact().url]));
