import { StylusError } from "../../base/errors";
import { formatSchema } from "../../schema/formats";

/** The option that sets each property of the input. */
const optionNames: Readonly<Record<string, string>> = {
  installer: "--installer",
  "installer.url": "--installer",
  "installer.path": "--installer",
  "installer.sha256": "--sha256",
  "installer.checksumUrl": "--checksum-url",
  "installer.headers": "--header",
  "installer.kind": "--kind",
  palette: "--palette-endpoint",
  "palette.edgeHostToken": "--edge-host-token-file",
  "palette.registrationUrl": "--registration-url",
  "palette.registration": "--register-on-site",
  "palette.projectName": "--project-name",
  users: "--user",
  "users.password": "--password-file",
  "users.sshAuthorizedKeys": "--ssh-key-file",
  userData: "--user-data",
  machine: "--firmware",
  "machine.firmware": "--firmware",
  "machine.secureBoot": "--secure-boot",
  "machine.cpus": "--cpus",
  "machine.memory": "--memory",
  "machine.diskSize": "--disk-size",
  "machine.network": "--network",
  "machine.accelerator": "--accelerator",
  formats: "--format",
  ...formatOptionNames(),
  expiresIn: "--expires",
  publishTo: "--to",
  "publishTo.headers": "--to-header",
  "publishTo.thumbprint": "--vsphere-thumbprint",
  "publishTo.caFile": "--vsphere-ca-file",
  "publishTo.credentialsFile": "--vsphere-credentials-file",
  "publishTo.context": "--cdi-context",
  "publishTo.kubeconfig": "--cdi-kubeconfig",
  "publishTo.uploadProxy": "--cdi-upload-proxy",
  "publishTo.uploadProxyCaFile": "--cdi-upload-proxy-ca-file",
  "publishTo.storageClass": "--cdi-storage-class",
  "publishTo.deploy": "--vsphere-deploy",
  "publishTo.endpoint": "--s3-endpoint",
  "publishTo.region": "--s3-region",
  "publishTo.profile": "--s3-profile",
  "publishTo.pathStyle": "--s3-path-style",
  "publishTo.tag": "--oci-tag",
  "publishTo.plainHttp": "--oci-plain-http",
  verify: "--expect",
  "verify.boot": "--no-verify-boot",
  "verify.expect": "--expect",
  "verify.artifacts": "--verify-artifacts",
  timeouts: "--timeout",
  triggers: "--trigger",
  singleHost: "--single-host",
  name: "--name",
};

/** Options of formats are all set by `--format-option`. */
function formatOptionNames(): Record<string, string> {
  const schemas = formatSchema.out.options.map(({ shape }) => Object.keys(shape));
  return Object.fromEntries(
    [...new Set(schemas.flat())]
      .filter((name) => name !== "type")
      .map((name) => [`formats.${name}`, "--format-option"]),
  );
}

/** The option that sets a property such as `publishTo[0].endpoint`, or else the nearest property above it. */
export function optionFor(path: string): string | undefined {
  const parts = path.replace(/\[\d+\]/g, "").split(".");
  for (let length = parts.length; length > 0; length -= 1) {
    const option = optionNames[parts.slice(0, length).join(".")];
    if (option !== undefined) return option;
  }
  return undefined;
}

/** Adds to each property that the error names the option that sets it. */
export function withOptionNames(error: StylusError): StylusError {
  const { details } = error;
  return new StylusError(error.code, {
    ...details,
    what: nameOptions(details.what),
    why: details.why === undefined ? undefined : nameOptions(details.why),
    next: nameOptions(details.next),
    problems: details.problems?.map(({ path, reason }) => ({
      path: besideOption(path),
      reason: nameOptions(reason),
    })),
  });
}

function besideOption(path: string): string {
  const option = optionFor(path);
  return option === undefined ? path : `${option} (${path})`;
}

/** Messages write properties as `installer.sha256`; the user of the command line types `--sha256`. */
function nameOptions(text: string): string {
  return text.replace(/`([a-zA-Z]+(?:\.[a-zA-Z\d]+)+)(?:: [^`]*)?`/g, (whole, path: string) => {
    const option = optionFor(path);
    return option === undefined ? whole : `${whole} (\`${option}\`)`;
  });
}
