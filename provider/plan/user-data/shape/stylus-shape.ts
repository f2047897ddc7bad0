import { anything, boolean, listOf, mapOf, openFields, scalar, text } from "./shape";
import type { Shape } from "./shape";

/**
 * `stylus` as Palette's installer reference describes it. Palette's agent is not public, so other names may have a
 * meaning too.
 */

const networkInterface = openFields({
  type: text,
  ipAddress: text,
  mask: text,
  gateway: text,
  nameserver: text,
});

const network = openFields({
  httpProxy: text,
  httpsProxy: text,
  noProxy: scalar("text", "write the hosts in one text with commas between them"),
  nameserver: text,
  interfaces: mapOf(networkInterface, "write the name of a network interface below it"),
});

const site = openFields({
  paletteEndpoint: text,
  edgeHostToken: text,
  registrationURL: text,
  projectName: text,
  projectUid: text,
  name: text,
  hostName: text,
  prefix: text,
  deviceUIDPaths: listOf(openFields({ name: text, regex: text })),
  tags: mapOf(text, "write `KEY: value`, without `- `"),
  tagsFromFile: openFields({ fileName: text, delimiter: text, separator: text }),
  tagsFromScript: openFields({ scriptName: text, timeout: anything }),
  clusterId: text,
  clusterName: text,
  caCerts: listOf(text, "put `- ` before each certificate"),
  insecureSkipVerify: boolean,
  disableAutoRegister: boolean,
  network,
});

const registry = { domain: text, username: text, password: text };

export const stylus: Shape = openFields({
  debug: boolean,
  trace: boolean,
  managementMode: text,
  includeTui: boolean,
  localUI: openFields({ port: anything }),
  enableMultiNode: boolean,
  disablePasswordUpdate: boolean,
  featureGate: anything,
  path: text,
  vip: openFields({ skip: boolean }),
  registryCredentials: openFields({ ...registry, encodedPassword: text, insecure: boolean }),
  externalRegistries: openFields({
    registries: listOf(openFields({ ...registry, encodedPassword: text, insecure: boolean })),
    registryMappingRules: mapOf(text),
  }),
  imageRedirectWebhook: openFields({ enable: boolean, port: anything }),
  site,
});
