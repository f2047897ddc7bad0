import type { Input } from "@pulumi/pulumi";

/** What an image and a site can say alike: the `stylus.site` part of the user-data. */
interface SiteOptions {
  /** Registration token. Secret in state; readable where it is published. */
  edgeHostToken?: Input<string>;
  /** Address that the QR code on the console leads to. */
  registrationUrl?: Input<string>;
  projectName?: Input<string>;
  projectUid?: Input<string>;
  /** Certificates of private authorities, PEM or base64 of PEM. */
  caCerts?: Input<Input<string>[]>;
  /** Default false. */
  insecureSkipVerify?: Input<boolean>;
  tags?: Input<Record<string, Input<string>>>;
  httpProxy?: Input<string>;
  httpsProxy?: Input<string>;
  noProxy?: Input<string>;
  /** Verbose logs of the stylus agent. Default false. */
  debug?: Input<boolean>;
}

/** Where the machine registers with Palette. In central mode one of `edgeHostToken` and `registrationUrl` is needed, unless `registration` is `site`. */
export interface Palette extends SiteOptions {
  /** Host of the Palette API, such as `api.spectrocloud.com`. */
  endpoint: Input<string>;
  /** Default `central`. */
  managementMode?: Input<"central" | "local">;
  /** Default `image`: by token or URL of the image. `site`: both come with a `SiteSeed`, one golden image for many. */
  registration?: Input<"image" | "site">;
}

/** What one site or host adds to its image. */
export interface SitePalette extends SiteOptions {
  /** Host of the Palette API; not needed where the image says it. */
  endpoint?: Input<string>;
  /** Edge host ID, 128 characters at most. One host only may have it. */
  name?: Input<string>;
  hostName?: Input<string>;
  nameserver?: Input<string>;
  /** Network interfaces by the names that they have on the host. */
  interfaces?: Input<Record<string, Input<NetworkInterface>>>;
}

export interface NetworkInterface {
  /** Default `dhcp`; `static` needs `ipAddress` and `mask`. */
  type?: Input<"dhcp" | "static">;
  ipAddress?: Input<string>;
  mask?: Input<string>;
  gateway?: Input<string>;
  nameserver?: Input<string>;
}

/** A login user of the installed machine, member of `admin` and `sudo`. Without users nobody can log in. */
export interface User {
  name: Input<string>;
  /** Plain password: hashed before it goes anywhere. Secret in state. */
  password?: Input<string>;
  /** A crypt(5) hash, such as `mkpasswd` prints. */
  passwordHash?: Input<string>;
  sshAuthorizedKeys?: Input<Input<string>[]>;
  /** Besides `admin` and `sudo`. */
  groups?: Input<Input<string>[]>;
}
