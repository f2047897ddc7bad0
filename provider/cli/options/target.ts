import { type Command, Option } from "commander";

/** An option that can be given more than once, one value each time: a second value could be an argument. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description}; repeatable`).argParser(
    (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value],
  );
}

/** Where images are published, and how that is reached. */
export interface TargetOptions {
  readonly to?: readonly string[];
  readonly toHeader?: readonly string[];
  readonly s3Endpoint?: string;
  readonly s3Region?: string;
  readonly s3Profile?: string;
  readonly s3PathStyle?: boolean;
  readonly ociTag?: string;
  readonly ociPlainHttp?: boolean;
  readonly vsphereThumbprint?: string;
  readonly vsphereCaFile?: string;
  readonly vsphereCredentialsFile?: string;
  readonly cdiContext?: string;
  readonly cdiKubeconfig?: string;
  readonly cdiUploadProxy?: string;
  readonly cdiUploadProxyCaFile?: string;
  readonly cdiStorageClass?: string;
  readonly vsphereDeploy?: readonly string[];
}

/** Where images go unless `--to` says otherwise: where the old builder put them. */
export const defaultTarget = "images";

export function addTargetOption(command: Command): void {
  command
    .optionsGroup("Publishing:")
    .addOption(
      repeatable(
        "--to <place>",
        `folder, s3://bucket/prefix, https://host/folder, oci://host/repository, vsphere://server/... or cdi://namespace to publish to (default: ./${defaultTarget})`,
      ),
    )
    .addOption(
      repeatable(
        "--to-header <'name: value'|@file>",
        "header for https:// targets; @file reads such lines from a file, for tokens",
      ),
    );
}

export function addOciOptions(command: Command): void {
  command
    .option("--oci-tag <tag>", "tag that moves to what is published; for one format")
    .option("--oci-plain-http", "reach the registry over http");
}

export function addS3Options(command: Command): void {
  command
    .option("--s3-endpoint <url>", "server other than AWS")
    .option("--s3-region <region>", "region; default: as the AWS CLI finds it")
    .option("--s3-profile <profile>", "profile in the AWS configuration files")
    .option("--s3-path-style", "address buckets by path");
}

export function addVsphereOptions(command: Command): void {
  command
    .option(
      "--vsphere-thumbprint <hash>",
      "SHA-256 or SHA-1 of the server's certificate, to pin it",
    )
    .option("--vsphere-ca-file <file>", "PEM file with the CA of the server's certificate")
    .option(
      "--vsphere-credentials-file <file>",
      "JSON with username and password; default: VSPHERE_USER and VSPHERE_PASSWORD",
    );
}

export function addCdiOptions(command: Command): void {
  command
    .option("--cdi-context <name>", "context of the kubeconfig; default: its current one")
    .option("--cdi-kubeconfig <file>", "kubeconfig; default: as kubectl finds it")
    .option("--cdi-upload-proxy <url>", "CDI's upload proxy; default: as the cluster tells it")
    .option("--cdi-upload-proxy-ca-file <file>", "PEM file with the CA of its certificate")
    .option("--cdi-storage-class <name>", "storage class; default: that of the cluster");
}
