import type { Input } from "@pulumi/pulumi";

/** Palette settings that an image and a site have in common: the `stylus.site` section of the user-data. */
interface SiteOptions {
  /** Registration token. A secret in state, but readable inside the published image or seed. Default: none. */
  edgeHostToken?: Input<string>;
  /** URL that the QR code on the console links to. Default: none. */
  registrationUrl?: Input<string>;
  /** Name of the Palette project. Default: none. */
  projectName?: Input<string>;
  /** UID of the Palette project. Default: none. */
  projectUid?: Input<string>;
  /** Additional CA certificates, as PEM or base64 of PEM. Default: none. */
  caCerts?: Input<Input<string>[]>;
  /** Do not verify the certificate of the Palette endpoint. Default: false. */
  insecureSkipVerify?: Input<boolean>;
  /** Tags of the edge host. Default: none. */
  tags?: Input<Record<string, Input<string>>>;
  /** Proxy URL for http. Default: none. */
  httpProxy?: Input<string>;
  /** Proxy URL for https. Default: none. */
  httpsProxy?: Input<string>;
  /** Comma-separated hosts and networks that are accessed without a proxy. Default: none. */
  noProxy?: Input<string>;
  /** Verbose logs of the stylus agent. Default: false. */
  debug?: Input<boolean>;
}

/**
 * How the machine registers with Palette. `managementMode: "central"` requires `edgeHostToken` or `registrationUrl`,
 * unless `registration` is `site`.
 */
export interface Palette extends SiteOptions {
  /** Host name of the Palette API, such as `api.spectrocloud.com`. */
  endpoint: Input<string>;
  /** Default: `central`. */
  managementMode?: Input<"central" | "local">;
  /**
   * `image`: the image contains the token or URL. `site`: each machine gets them from a `SiteSeed`, so that one golden
   * image serves many sites. Default: `image`.
   */
  registration?: Input<"image" | "site">;
}

/** Palette settings of one site or host, in addition to those of its image. */
export interface SitePalette extends SiteOptions {
  /** Host name of the Palette API. Default: that of the image. */
  endpoint?: Input<string>;
  /** Edge host ID, at most 128 characters. It must be unique to one host. */
  name?: Input<string>;
  /** Host name. */
  hostName?: Input<string>;
  /** DNS server. */
  nameserver?: Input<string>;
  /** Network interfaces by their names on the host. */
  interfaces?: Input<Record<string, Input<NetworkInterface>>>;
}

/** IPv4 configuration of a network interface. */
export interface NetworkInterface {
  /** `static` requires `ipAddress` and `mask`. Default: `dhcp`. */
  type?: Input<"dhcp" | "static">;
  /** Address, such as `192.0.2.10`. */
  ipAddress?: Input<string>;
  /** Network mask, such as `255.255.255.0`. */
  mask?: Input<string>;
  /** Address of the default gateway. Default: none. */
  gateway?: Input<string>;
  /** DNS server. */
  nameserver?: Input<string>;
}

/**
 * A login user of the installed machine, a member of the groups `admin` and `sudo`. At least one of `password`,
 * `passwordHash` and `sshAuthorizedKeys` is required. Without users nobody can log in.
 */
export interface User {
  /** Login name. */
  name: Input<string>;
  /** Plain password; not together with `passwordHash`. A secret in state, and hashed in the image. */
  password?: Input<string>;
  /** A crypt(5) hash, as printed by `mkpasswd`; not together with `password`. A secret in state. */
  passwordHash?: Input<string>;
  /**
   * Public keys of OpenSSH, one line each, as in `authorized_keys`, with or without options. For a Kairos installer also
   * `github:NAME`, `gitlab:NAME` and `https://...`, from which the machine fetches the keys itself. Default: none.
   */
  sshAuthorizedKeys?: Input<Input<string>[]>;
  /** Groups in addition to `admin` and `sudo`. Default: none. */
  groups?: Input<Input<string>[]>;
}
