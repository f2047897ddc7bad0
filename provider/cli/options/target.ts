import { Option } from "commander";
import { grouped, repeatable } from "./option";

/** Where images are published, and how these places are reached. */
export interface TargetOptions extends S3Options, OciOptions, VsphereOptions, CdiOptions {
  readonly to?: readonly string[];
  readonly toHeader?: readonly string[];
}

/** The folder that is used without `--to`: the one that the old builder used. */
export const defaultTarget = "images";

export function targetOptions(): Option[] {
  return grouped("Publishing:", [...placeOptions(), ...connectionOptions()]);
}

/** The same for targets that are only checked: none is checked by default. */
export function checkedTargetOptions(): Option[] {
  return grouped("Targets to check:", [
    repeatable("--to <place>", `check whether this target can be published to: ${places}`),
    toHeaderOption(),
    ...connectionOptions(),
    vsphereDeployOption(),
  ]);
}

function connectionOptions(): Option[] {
  return [...s3Options(), ...ociOptions(), ...vsphereOptions(), ...cdiOptions()];
}

/** The same for a command that takes buckets only. */
export function bucketOptions(): Option[] {
  return grouped("Publishing:", [...placeOptions(), ...s3Options()]);
}

const places =
  "folder, s3://bucket/prefix, https://host/folder, oci://host/repository, vsphere://server/... or cdi://namespace";

function placeOptions(): Option[] {
  return [
    repeatable("--to <place>", `${places} to publish to (default: ./${defaultTarget})`),
    toHeaderOption(),
  ];
}

function toHeaderOption(): Option {
  return repeatable(
    "--to-header <'name: value'|@file>",
    "header for https:// targets; @file reads such lines from a file, for tokens",
  );
}

export interface S3Options {
  readonly s3Endpoint?: string;
  readonly s3Region?: string;
  readonly s3Profile?: string;
  readonly s3PathStyle?: boolean;
}

function s3Options(): Option[] {
  return [
    new Option("--s3-endpoint <url>", "server other than AWS"),
    new Option("--s3-region <region>", "region; default: as the AWS CLI finds it"),
    new Option("--s3-profile <profile>", "profile in the AWS configuration files"),
    new Option("--s3-path-style", "address buckets by path"),
  ];
}

interface OciOptions {
  readonly ociTag?: string;
  readonly ociPlainHttp?: boolean;
}

function ociOptions(): Option[] {
  return [
    new Option("--oci-tag <tag>", "tag to move to the published image; for one format"),
    new Option("--oci-plain-http", "use http for the registry"),
  ];
}

interface VsphereOptions {
  readonly vsphereThumbprint?: string;
  readonly vsphereCaFile?: string;
  readonly vsphereCredentialsFile?: string;
  readonly vsphereDeploy?: readonly string[];
}

function vsphereOptions(): Option[] {
  return [
    new Option(
      "--vsphere-thumbprint <hash>",
      "SHA-256 or SHA-1 of the server's certificate, to pin it",
    ),
    new Option("--vsphere-ca-file <file>", "PEM file with the CA of the server's certificate"),
    new Option(
      "--vsphere-credentials-file <file>",
      "JSON with username and password; default: VSPHERE_USER and VSPHERE_PASSWORD",
    ),
  ];
}

/** Only for commands that build. */
export function vsphereDeployOption(): Option {
  return repeatable(
    "--vsphere-deploy <name=value>",
    "deploy the library's OVA to a template: datacenter, folder, cluster, host, resourcePool, datastore, network, ...",
  );
}

interface CdiOptions {
  readonly cdiContext?: string;
  readonly cdiKubeconfig?: string;
  readonly cdiUploadProxy?: string;
  readonly cdiUploadProxyCaFile?: string;
  readonly cdiStorageClass?: string;
}

function cdiOptions(): Option[] {
  return [
    new Option("--cdi-context <name>", "context of the kubeconfig; default: the current one"),
    new Option("--cdi-kubeconfig <file>", "kubeconfig; default: as kubectl finds it"),
    new Option("--cdi-upload-proxy <url>", "CDI's upload proxy; default: as the cluster names it"),
    new Option("--cdi-upload-proxy-ca-file <file>", "PEM file with the CA of its certificate"),
    new Option("--cdi-storage-class <name>", "storage class; default: the cluster's default"),
  ];
}
