import { vsphereTargetId } from "../../../schema/targets/identity";
import { describeThrown, StylusError, type ErrorCode } from "../../../base/errors";
import { type VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { throwIfCancelled } from "../../../base/cancellation";
import { networkError } from "../../../system/http/errors";
import type { Endpoint } from "../../../system/http/explain-failure";
import { hasStatus, isFault, ServerFault } from "./server-fault";
import { SessionEndedError } from "./session";
import { CertificateError, PinError } from "./trust";

/** Converts faults of the server and network errors; `doing` ends the sentence "Cannot ...". */
export function vsphereError(
  thrown: unknown,
  doing: string,
  spec: VsphereTargetSpec,
  signal: AbortSignal,
): StylusError {
  throwIfCancelled(signal);
  if (thrown instanceof StylusError) return thrown;
  const reason = describeThrown(thrown).replace(/\.$/, "");
  const what = `Cannot ${doing} at ${vsphereTargetId(spec)}: ${reason}.`;
  const error = (code: ErrorCode, why: string | undefined, next: string): StylusError =>
    new StylusError(code, { what, why, next, cause: thrown });

  if (thrown instanceof PinError) return pinError(thrown, spec);
  if (
    thrown instanceof SessionEndedError ||
    isFault(thrown, "NotAuthenticated", "unauthenticated")
  ) {
    return error(
      "publish.denied",
      "The server ended two sessions in a row.",
      "Check the session limits in vCenter, and whether other programs log in as this user.",
    );
  }
  if (isFault(thrown, "InvalidLogin") || hasStatus(thrown, 401)) {
    return error(
      "publish.denied",
      "The user name or the password is wrong, or the account is locked.",
      "Correct VSPHERE_USER and VSPHERE_PASSWORD (or what the target names instead); the name has its domain: user@vsphere.local.",
    );
  }
  if (isFault(thrown, "NoPermission", "unauthorized") || hasStatus(thrown, 403)) {
    return error(
      "publish.denied",
      "The user may not do this.",
      spec.deploy === undefined
        ? "Give it a role with `Datastore > Low level file operations` and `Browse datastore`, for a library with `Content library > Add, Update, Delete library item`."
        : "Give it a role with `Content library > Add, Update, Delete library item` and, for `deploy`, `vApp > Import`, `Virtual machine > Edit inventory`, `Change configuration` and `Provisioning > Mark as template`, `Resource > Assign virtual machine to resource pool`, `Datastore > Allocate space` and `Browse datastore`, `Network > Assign network`.",
    );
  }
  if (isFault(thrown, "NoDiskSpace", "DatastoreNotWritableOnHost") || hasStatus(thrown, 507)) {
    return error(
      "publish.failed",
      "The datastore is full or cannot be written to.",
      "Free space in vCenter, or publish to another datastore; no incomplete file is left.",
    );
  }
  if (isFault(thrown, "NotSupported", "NotImplemented", "InvalidDiskFormat")) {
    return error(
      "publish.failed",
      "This server does not support an operation that publishing needs.",
      "Publish to a vCenter, and not to a host; or publish the OVA to a content library.",
    );
  }
  if (thrown instanceof ServerFault && thrown.kind !== undefined) {
    return error(
      "publish.failed",
      `vSphere reports the fault ${thrown.kind}.`,
      "Look at the task or the event in vCenter, and run again.",
    );
  }
  if (thrown instanceof ServerFault) {
    return error(
      "publish.unreachable",
      "The server reports an internal error.",
      "Check the target's `server` and the server's log, and run again.",
    );
  }
  return networkError(thrown, {
    domain: "publish",
    what: `Cannot ${doing} at ${vsphereTargetId(spec)}`,
    endpoint: endpointOf(spec, thrown),
    signal,
  });
}

function endpointOf({ server }: VsphereTargetSpec, thrown: unknown): Endpoint {
  const sha256 = thrown instanceof CertificateError ? thrown.sha256 : undefined;
  const pin =
    sha256 === undefined
      ? ""
      : `, or compare its SHA-256 thumbprint ${sha256} with the one that the server's console shows, and write it into \`thumbprint\``;
  return {
    url: new URL(`https://${server}`),
    setting: "the target's `server`",
    useHttp: "correct the port in the target's `server`",
    trust: `Name the CA that signed the certificate in the target's \`caFile\` (vCenter serves its own under /certs/download.zip)${pin}.`,
  };
}

function pinError(
  { message, sha256, thumbprint }: PinError,
  { server }: VsphereTargetSpec,
): StylusError {
  return new StylusError("publish.unreachable", {
    what: `The certificate of ${server} is not trusted (${message}), so nothing was sent to it.`,
    why: `Its SHA-256 thumbprint is ${sha256}, the target's \`thumbprint\` ${thumbprint}.`,
    next: "If the certificate was renewed, compare that thumbprint with what the server's console shows, and correct `thumbprint`; otherwise the connection is intercepted.",
  });
}
