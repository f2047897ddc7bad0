import { StylusError } from "../../base/errors";
import { type HttpTargetSpec } from "../../schema/targets/http";
import { folderUrl } from "../../schema/targets/target";
import { networkError, proxyLoginError, serverError } from "../../system/http/errors";
import type { Endpoint } from "../../system/http/explain-failure";

const kept = "no incomplete file is left at the server";

/** What an answer other than success means; `doing` ends the sentence "Cannot ...". */
export function statusError(status: number, doing: string, spec: HttpTargetSpec): StylusError {
  const what = `Cannot ${doing} at ${folderUrl(spec.url)}: the server answered ${status}.`;
  if (status === 401 || status === 403) {
    const given = spec.headers !== undefined || spec.headersFile !== undefined;
    return new StylusError("publish.denied", {
      what,
      why: given
        ? "The credentials in the target's headers are wrong or expired, or do not allow this."
        : "The server wants credentials, and the target has none.",
      next: "Give a header such as `Authorization` in the target's `headersFile` or `headers`, and allow it GET, PUT and DELETE below that address.",
    });
  }
  if (status === 407) return proxyLoginError(what, "publish");
  if (status === 404 || status === 409 || status === 410) {
    return new StylusError("publish.not-found", {
      what,
      why: "The folder is not there, and the server does not make one by itself.",
      next: "Create it on the server, or switch on what makes folders there (nginx: `create_full_put_path on`; WebDAV: MKCOL with `createFolders: true`), or correct the target's `url`.",
    });
  }
  if (status === 413) {
    return new StylusError("publish.failed", {
      what,
      why: "The file is larger than what the server or a proxy before it takes at once.",
      next: "Raise its limit (nginx: `client_max_body_size 0`), or publish a smaller format there.",
    });
  }
  if (status === 507) {
    return new StylusError("publish.failed", {
      what,
      why: "The server's disk or quota is full.",
      next: "Free space there, and run again; nothing half-sent stays.",
    });
  }
  if (status === 405 || status === 501) {
    return new StylusError("publish.failed", {
      what,
      why: "The server does not know that method, or not at that address.",
      next: "Switch on PUT and DELETE there (nginx: `dav_methods PUT DELETE MKCOL MOVE`), or publish to another server.",
    });
  }
  if (status >= 300 && status < 400) {
    return new StylusError("publish.failed", {
      what,
      why: "It sends us elsewhere, and what is published is sent nowhere but where the target says.",
      next: "Give the address that it leads to as the target's `url`.",
    });
  }
  if (status >= 500 || status === 429 || status === 408) {
    return serverError(what, endpointOf(spec), kept);
  }
  return new StylusError("publish.failed", {
    what,
    next: "Look at the server's log, and correct the target.",
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
