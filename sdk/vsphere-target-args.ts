import type { Input } from "@pulumi/pulumi";

/**
 * A template that vCenter deploys from the OVA in the content library. Its name ends in twelve digits derived from the
 * content and these options: a change deploys another template, without another upload, and removes the former one.
 *
 * Objects are given by name or inventory path, with or without the leading `/<datacenter>/vm`, `/<datacenter>/host` and so
 * on. They must exist.
 */
export interface VsphereDeploy {
  /** Path of the datacenter, including folders. */
  datacenter: Input<string>;
  /** Virtual machine folder. Default: the root folder of the datacenter. */
  folder?: Input<string>;
  /**
   * Resource pool; exactly one of `resourcePool`, `cluster` and `host`. `C0/Resources/edge` is the pool `edge` of the
   * cluster `C0`.
   */
  resourcePool?: Input<string>;
  /** Cluster; exactly one of `resourcePool`, `cluster` and `host`. */
  cluster?: Input<string>;
  /** Host; exactly one of `resourcePool`, `cluster` and `host`. */
  host?: Input<string>;
  /** Datastore of the template's disk. */
  datastore: Input<string>;
  /** Network of the template's network card. */
  network: Input<string>;
  /** Provisioning of the disk. Default: `thin`, which allocates used blocks only. */
  provisioning?: Input<"thin" | "thick" | "eagerZeroedThick">;
  /** First part of the template's name, at most 50 characters. Default: the name of the image. */
  name?: Input<string>;
}

/** A datastore or a content library of a vCenter. It keeps no records, like an `HttpTarget`. */
export interface VsphereTarget {
  type: "vsphere";
  /** Host name or IP address, with `:port` unless it is 443. */
  server: Input<string>;
  /** Path of the datacenter, including folders; only with `datastore`. Default: the only datacenter. */
  datacenter?: Input<string>;
  /**
   * Name of the datastore; exactly one of `datastore` and `library`. The server converts a VMDK to a disk that can be
   * attached to virtual machines.
   */
  datastore?: Input<string>;
  /** Folder of the datastore, created if missing; only with `datastore`. Default: the root of the datastore. */
  folder?: Input<string>;
  /** Name or ID of the content library; exactly one of `datastore` and `library`. */
  library?: Input<string>;
  /** Deploy a template from the OVA; only with `library`. Default: none. */
  deploy?: Input<VsphereDeploy>;
  /** Literal credentials are stored in state, as secrets; prefer VSPHERE_USER and VSPHERE_PASSWORD, or a file. */
  username?: Input<string>;
  /** Required with `username`. */
  password?: Input<string>;
  /**
   * JSON file `{"username": "...", "password": "..."}`, read at each use; not together with `username`. A relative path
   * resolves against the Pulumi project's root. Default: none.
   */
  credentialsFile?: Input<string>;
  /**
   * SHA-256 or SHA-1 fingerprint of the server's certificate, as vCenter shows it: only this certificate is trusted.
   * Default: certificates are verified by their CA.
   */
  thumbprint?: Input<string>;
  /** PEM file of the CA of the server's certificate; not together with `thumbprint`. Default: the usual CAs. */
  caFile?: Input<string>;
  /**
   * Formats to publish here. Default: `ova` and `iso`, and for a datastore also `vmdk`. A datastore also accepts `raw` and
   * `qcow2`.
   */
  formats?: Input<Input<"vmdk" | "ova" | "iso" | "raw" | "qcow2">[]>;
}
