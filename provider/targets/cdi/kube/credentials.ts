import { describeThrown, StylusError } from "../../../base/errors";
import { readText } from "../../../system/files/read-text";
import type { KubeContext } from "./config";
import { execCredentials, type KubeCredentials } from "./exec";

/** The credentials of the context's user; new ones if the cluster rejected the `rejected` ones. */
export async function kubeCredentials(
  context: KubeContext,
  signal: AbortSignal,
  rejected?: KubeCredentials,
): Promise<KubeCredentials> {
  const { user } = context;
  if (user.exec !== undefined && user.exec !== null) {
    return execCredentials(context, user.exec, signal, rejected);
  }
  if (user["auth-provider"] !== undefined && user["auth-provider"] !== null) {
    throw unsupported(context, `an \`auth-provider\` ("${user["auth-provider"].name}")`);
  }
  if (user.username !== undefined) throw unsupported(context, "a user name and password");
  const [token, certificate, key] = await Promise.all([
    // The file comes first: it is the one that is renewed.
    user.tokenFile === undefined ? user.token : read(user.tokenFile).then((text) => text.trim()),
    dataOrFile(user["client-certificate-data"], user["client-certificate"]),
    dataOrFile(user["client-key-data"], user["client-key"]),
  ]);
  return { token, certificate, key };
}

/** The CA certificates (PEM) that must have signed the cluster's; undefined for the usual ones. */
export function clusterAuthority({ cluster }: KubeContext): Promise<string | undefined> {
  return dataOrFile(cluster["certificate-authority-data"], cluster["certificate-authority"]);
}

async function dataOrFile(
  data: string | undefined,
  path: string | undefined,
): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
  return path === undefined ? undefined : read(path);
}

async function read(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (thrown) {
    throw new StylusError("publish.denied", {
      what: `The file ${path}, which the kubeconfig names, cannot be read.`,
      why: `${describeThrown(thrown)}.`,
      next: "Restore it, or correct the kubeconfig.",
      cause: thrown,
    });
  }
}

function unsupported({ name }: KubeContext, what: string): StylusError {
  return new StylusError("publish.denied", {
    what: `The user of ${name} logs in by ${what}.`,
    why: "Kubernetes no longer supports that.",
    next: "Give the user a token, a certificate or an `exec` plugin, such as kubelogin.",
  });
}
