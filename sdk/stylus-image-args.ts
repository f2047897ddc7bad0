import type { Input } from "@pulumi/pulumi";
import type { FormatName } from "./format-args";

/** Where the installer ISO comes from. */
export interface Installer {
  /** http or https address; exactly one of `url` and `path`. Its query string is a credential, not identity. */
  url?: Input<string>;
  /** Local file; a relative path resolves against the Pulumi project's root. */
  path?: Input<string>;
  /** Expected SHA-256, 64 hexadecimal digits. Pins the installer: nothing is asked of the server. */
  sha256?: Input<string>;
  /** Address of a checksum file (`sha256sum` format) that pins the installer at each check. */
  checksumUrl?: Input<string>;
  /** Request headers, such as `Authorization`; secret in state, and not sent to another origin. */
  headers?: Input<Record<string, Input<string>>>;
  /** What the installer leaves, and so what "complete" means. Default `auto`: decided by inspecting the ISO. */
  kind?: Input<"auto" | "kairos" | "generic">;
}

/** The virtual machine that runs the installer. amd64 only for now. */
export interface Machine {
  /** Default `bios`. An image boots only under the firmware that it was installed under. */
  firmware?: Input<"bios" | "uefi">;
  /** Default false; needs `uefi`. */
  secureBoot?: Input<boolean>;
  /** Default 4, less on a smaller host. Not part of the image's identity. */
  cpus?: Input<number>;
  /** Bytes, or text such as `8GiB`, which is the default; less on a smaller host. Not part of the identity. */
  memory?: Input<number | string>;
  /** Bytes, or text such as `40GiB`; default 100 GiB, rounded up to GiB. The image is sparse. */
  diskSize?: Input<number | string>;
  /** Default `isolated`: DHCP and no way out. `user` lets the installer reach the network. */
  network?: Input<"isolated" | "user">;
  /** Default `auto`: KVM where it proves itself, else TCG, said in the log. `kvm` fails where the proof fails. */
  accelerator?: Input<"auto" | "kvm" | "tcg">;
}

export interface DirectoryTarget {
  type: "directory";
  /** Folder, made if needed; a relative path resolves against the Pulumi project's root. */
  path: Input<string>;
  /** Which formats go here; default all. */
  formats?: Input<Input<FormatName>[]>;
}

export interface S3Target {
  type: "s3";
  bucket: Input<string>;
  /** Key prefix; default none. */
  prefix?: Input<string>;
  region?: Input<string>;
  /** Address of a server that is not AWS, such as `https://minio.example:9000`. */
  endpoint?: Input<string>;
  /** Profile of the shared configuration files; read at the time of use. */
  profile?: Input<string>;
  /** Default true with an `endpoint`, else false. */
  pathStyle?: Input<boolean>;
  sse?: Input<"AES256" | "aws:kms">;
  kmsKeyId?: Input<string>;
  storageClass?: Input<string>;
  /** Object tags, 10 at most, of what is written from then on, records included. Not every server takes them. */
  tags?: Input<Record<string, Input<string>>>;
  /**
   * `Cache-Control` of artifacts published from then on. Default `max-age=31536000, immutable`, for no name ever stands
   * for another content; empty for none.
   */
  cacheControl?: Input<string>;
  /**
   * Address for those who read by another host: a base that the key follows, or a template with `{key}` and `{bucket}`,
   * such as `https://cdn.example.com/{key}`. A change of it only changes `url` in the outputs. Default: the server's own.
   */
  publicUrl?: Input<string>;
  /** Default `auto`; `required-only` for servers that reject the SDK's default checksums. */
  checksums?: Input<"auto" | "required-only">;
  /** Bytes, or text such as `32MiB`, which is the default; grows so that 10,000 parts suffice. */
  partSize?: Input<number | string>;
  /** Literal credentials end in state, as secrets; the environment or a profile is better. */
  accessKeyId?: Input<string>;
  secretAccessKey?: Input<string>;
  sessionToken?: Input<string>;
  /** Which formats go here; default all. */
  formats?: Input<Input<FormatName>[]>;
}

/**
 * A web server that takes PUT: WebDAV, nginx, a store of artifacts. It keeps no records: another machine adopts what lies
 * there by the record of a directory or bucket that the image is published to as well, and what is removed there is
 * decided by those and by the cache of this machine.
 */
export interface HttpTarget {
  type: "http";
  /** Address of a folder, http or https, without user, password and query: those go into headers. */
  url: Input<string>;
  /** Request headers, such as `Authorization`; secret in state. A file is better. */
  headers?: Input<Record<string, Input<string>>>;
  /**
   * File with `Name: value` lines, read at each use, so that refresh and destroy see rotated credentials; a relative path
   * resolves against the Pulumi project's root. Default none.
   */
  headersFile?: Input<string>;
  /**
   * Address of the same folder for those who read, where it is another one: the base of `url` in the outputs, or a
   * template with `{key}` for the path below the folder. A change of it publishes nothing anew.
   */
  publicUrl?: Input<string>;
  /** Make missing folders by WebDAV's MKCOL. Default true; a server without it makes them itself, or says so. */
  createFolders?: Input<boolean>;
  /** Which formats go here; default all. */
  formats?: Input<Input<FormatName>[]>;
}

/**
 * A repository of a container registry. A containerdisk is the image that KubeVirt runs; any other format is an artifact
 * of one layer, which `oras pull` gives back. It keeps no records, as an `HttpTarget` does not. Without `username` and
 * `password`, the logins that Docker, Podman and skopeo keep are taken, helpers included.
 */
export interface OciTarget {
  type: "oci";
  /** Registry and name: `registry.example.com:5000/team/images`, without a scheme, tag or digest. */
  repository: Input<string>;
  /**
   * A tag that follows the newest image, moved when all else is there; the target then takes one format. Default none:
   * what is published keeps a tag of its own, which is never moved.
   */
  tag?: Input<string>;
  /** Default false: https. http is for a registry on a network that is trusted. */
  plainHttp?: Input<boolean>;
  /** File with certificates of private authorities, PEM; a relative path resolves against the Pulumi project's root. */
  caFile?: Input<string>;
  /** Literal credentials end in state, the password as a secret; `docker login` is better. */
  username?: Input<string>;
  password?: Input<string>;
  /** `artifactType` of what is no containerdisk. Default the artifact's own media type. */
  mediaType?: Input<string>;
  /** Which formats go here; default all. */
  formats?: Input<Input<FormatName>[]>;
}

/**
 * A template that vCenter makes of the OVA in its content library. Its name ends in twelve digits that change with the
 * content and with what stands here: a change deploys another one, sends nothing, and removes the former one. Places are
 * names, or inventory paths with or without `/datacenter/vm`, `/datacenter/host` and so on before them; they must exist.
 */
export interface VsphereDeploy {
  /** Path of the datacenter, folders included. */
  datacenter: Input<string>;
  /** Folder of virtual machines; default the datacenter's own. */
  folder?: Input<string>;
  /** This, `cluster` or `host`: `C0/Resources/edge` is the pool `edge` of the cluster `C0`. */
  resourcePool?: Input<string>;
  cluster?: Input<string>;
  host?: Input<string>;
  datastore: Input<string>;
  /** What the network card is on. */
  network: Input<string>;
  /** Of the disk; default `thin`, which takes what is used of it. */
  provisioning?: Input<"thin" | "thick" | "eagerZeroedThick">;
  /** What the template's name begins with, 50 characters at most; default the image's name. */
  name?: Input<string>;
}

/** A datastore or a content library of a vCenter. It keeps no records, as a `http` target keeps none. */
export interface VsphereTarget {
  type: "vsphere";
  /** Host name or address, with `:port` where it is not 443. */
  server: Input<string>;
  /** Path of the datacenter, folders included, with a `datastore`. Default the only one that there is. */
  datacenter?: Input<string>;
  /** Name of the datastore; this or `library`. The server makes a disk that can be attached from a VMDK. */
  datastore?: Input<string>;
  /** Folder of the datastore, made if needed; default its root. */
  folder?: Input<string>;
  /** Name or ID of the content library; this or `datastore`. */
  library?: Input<string>;
  /** Also makes a template of the OVA in the library. Default none. */
  deploy?: Input<VsphereDeploy>;
  /** Literal credentials end in state, as secrets; VSPHERE_USER and VSPHERE_PASSWORD, or a file, are better. */
  username?: Input<string>;
  password?: Input<string>;
  /**
   * JSON file `{"username": "...", "password": "..."}`, read at each use; a relative path resolves against the Pulumi
   * project's root. Default none.
   */
  credentialsFile?: Input<string>;
  /** SHA-256, or SHA-1 as vCenter shows it, of the server's certificate: this one is trusted, and no other. */
  thumbprint?: Input<string>;
  /** PEM file with the CA of the server's certificate; default the usual ones. */
  caFile?: Input<string>;
  /** Which formats go here; default `ova` and `iso`, and `vmdk` for a datastore, which also takes `raw` and `qcow2`. */
  formats?: Input<Input<"vmdk" | "ova" | "iso" | "raw" | "qcow2">[]>;
}

/**
 * A namespace of a Kubernetes cluster with KubeVirt's Containerized Data Importer (CDI), which makes a volume of the disk
 * that its upload proxy is sent: a golden image for machines there, which clone it (`dataVolumeSource`). It keeps no
 * records, as a `http` target keeps none, and gives no file back. Tested against a real API server and a stand-in for
 * CDI, not against CDI itself.
 */
export interface CdiTarget {
  type: "cdi";
  /** Namespace of the DataVolumes. Default that of the context, else `default`. */
  namespace?: Input<string>;
  /** Context of the kubeconfig. Default its current one. */
  context?: Input<string>;
  /**
   * File with the kubeconfig, read at each use; a relative path resolves against the Pulumi project's root. Default as
   * kubectl finds it: the files in KUBECONFIG, `~/.kube/config`, the service account of a pod.
   */
  kubeconfig?: Input<string>;
  /** Address of the upload proxy, http or https. Default the one that CDI's configuration in the cluster tells. */
  uploadProxy?: Input<string>;
  /**
   * PEM file with the CA of the upload proxy's certificate. Default, besides the usual ones, the one that CDI tells of
   * its own address. That certificate is always checked, also where the kubeconfig says otherwise of the cluster's.
   */
  uploadProxyCaFile?: Input<string>;
  /** Default that of the cluster. */
  storageClass?: Input<string>;
  /** Default what CDI knows of the storage class. */
  accessModes?: Input<
    Input<"ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod">[]
  >;
  /** Default what CDI knows of the storage class. */
  volumeMode?: Input<"Filesystem" | "Block">;
  /**
   * Bytes, or text such as `120GiB`, of a disk's volume. Default, and least, the size of the disk; what a file system takes
   * besides, CDI adds itself. It holds for volumes made from then on; a clone has to be as large.
   */
  size?: Input<number | string>;
  /** Which formats go here; default `qcow2`. A `raw` packed with zstd, as it is by default, needs CDI 1.57. */
  formats?: Input<Input<"qcow2" | "raw" | "vmdk" | "iso">[]>;
}

export type Target =
  DirectoryTarget | S3Target | HttpTarget | OciTarget | VsphereTarget | CdiTarget;

/** Proof that the image works. */
export interface Verify {
  /** Boot the image once in a throwaway overlay without a network. Default true. */
  boot?: Input<boolean>;
  /** A regular expression that the console must show in that boot, besides the proof itself. */
  expect?: Input<string>;
  /**
   * `structure`, the default, checks each artifact by a program that did not write it. `boot` also boots each one once,
   * a VMDK and an OVA with the disk controller and network card that vSphere will give it.
   */
  artifacts?: Input<"structure" | "boot">;
}

/** Where QEMU runs: this machine, for now. */
export interface LocalHost {
  type: "local";
  /**
   * Node program to run instead of the package's own agent, for example one that limits itself and then becomes it.
   * A relative path resolves against the Pulumi project's root.
   */
  agent?: Input<string>;
}

/** Time limits in minutes, 10,000 at most. Under TCG `install` and `verify` count three times, `stall` twice. */
export interface Timeouts {
  /** Default 60. */
  fetch?: Input<number>;
  /** Default 40. */
  install?: Input<number>;
  /** Default 6: no sign of life (console, disk, CD, screen) for this long ends an install. */
  stall?: Input<number>;
  /** Default 10. */
  verify?: Input<number>;
  /** Default 60. */
  convert?: Input<number>;
  /** Default 120. */
  publish?: Input<number>;
}
