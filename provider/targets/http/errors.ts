import { folderUrl } from "../../schema/targets/identity";
import { StylusError } from "../../base/errors";
import { type HttpTargetSpec } from "../../schema/targets/http";
import { networkError, proxyLoginError, serverError } from "../../system/http/errors";
import type { Endpoint } from "../../system/http/explain-failure";

const kept = "no incomplete file is left at the server";

/** Explains a status that is no success; `doing` ends the sentence "Cannot ...". */
export function statusError(status: number, doing: string, spec: HttpTargetSpec): StylusError {
  const what = `Cannot ${doing} at ${folderUrl(spec.url)}: the server answered ${status}.`;
  if (status === 401 || status === 403) {
    const given = spec.headers !== undefined || spec.headersFile !== undefined;
    return new StylusError("publish.denied", {
      what,
      why: given
        ? "The credentials in the target's headers are wrong or expired, or do not permit this operation."
        : "The server requires credentials, and the target has none.",
      next: "Set a header such as `Authorization` in the target's `headersFile` or `headers`, and permit GET, PUT and DELETE below that URL.",
    });
  }
  if (status === 407) return proxyLoginError(what, "publish");
  if (status === 404 || status === 409 || status === 410) {
    return new StylusError("publish.not-found", {
      what,
      why: "The folder does not exist, and the server does not create it.",
      next: "Create it on the server, or enable the creation of folders (nginx: `create_full_put_path on`; WebDAV: MKCOL with `createFolders: true`), or correct the target's `url`.",
    });
  }
  if (status === 413) {
    return new StylusError("publish.failed", {
      what,
      why: "The file is larger than the limit of the server or of a proxy in front of it.",
      next: "Raise the limit (nginx: `client_max_body_size 0`), or publish a smaller format.",
    });
  }
  if (status === 507) {
    return new StylusError("publish.failed", {
      what,
      why: "The server's disk or quota is full.",
      next: "Free space on the server, and run again; no incomplete file is left.",
    });
  }
  if (status === 405 || status === 501) {
    return new StylusError("publish.failed", {
      what,
      why: "The server does not support the method at this URL.",
      next: "Enable PUT and DELETE on the server (nginx: `dav_methods PUT DELETE MKCOL MOVE`), or publish to another server.",
    });
  }
  if (status >= 300 && status < 400) {
    return new StylusError("publish.failed", {
      what,
      why: "The server redirects to another URL, and artifacts are only sent to the target's own URL.",
      next: "Set the target's `url` to the URL of the redirect.",
    });
  }
  if (status >= 500 || status === 429 || status === 408) {
    return serverError(what, endpointOf(spec), kept);
  }
  return new StylusError("publish.failed", {
    what,
    next: "Check the server's log, and correct the target.",
  });
}

/** The error of a failed connection to the server; `doing` ends the sentence "Cannot ...". */
export function connectionError(
  thrown: unknown,
  doing: string,
  spec: HttpTargetSpec,
  signal: AbortSignal,
): StylusError {
  const what = `Cannot ${doing} at ${folderUrl(spec.url)}`;
  return networkError(thrown, {
    domain: "publish",
    what,
    endpoint: endpointOf(spec),
    kept,
    signal,
  });
}

function endpointOf({ url }: HttpTargetSpec): Endpoint {
  return { url: new URL(url), setting: "the target's `url`" };
}
