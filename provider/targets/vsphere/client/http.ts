import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Dispatcher } from "undici";
import { lazy } from "../../../base/memo";
import { describeThrown, StylusError } from "../../../base/errors";
import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { readText } from "../../../system/files/read-text";
import { environmentProxies, extraAuthorities, trusting } from "../../../system/http/dispatcher";
import { sendRequest } from "../../../system/http/request";
import { openTunnel, proxyFor } from "./tunnel";
import { checkCertificate, type Trust } from "./trust";

const connectTimeout = 30_000;

export interface VsphereRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** With the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Readable | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds until the response begins, 0 for no limit; default 600,000. */
  readonly responseTimeout?: number | undefined;
}

export interface VsphereResponse {
  readonly status: number;
  header(name: string): string | undefined;
  /** Must be read to its end, as `text` does. */
  readonly body: Readable;
  text(): Promise<string>;
}

export type Send = (request: VsphereRequest) => Promise<VsphereResponse>;

/** Opens the connection to one server. Throws network errors; a status is never an error here. */
export function vsphereSend(spec: VsphereTargetSpec, rootDirectory: string): Send {
  const dispatcher = lazy(() => openDispatcher(spec, rootDirectory));
  return async ({ method, path, headers, body, signal, responseTimeout }) => {
    const response = await sendRequest(await dispatcher(), {
      method,
      url: new URL(`https://${spec.server}`),
      rawPath: path,
      headers: { ...headers },
      body,
      responseTimeout: responseTimeout,
      signal,
    });
    // The response for a large inventory is long.
    return { ...response, text: () => response.text(Infinity) };
  };
}

async function openDispatcher(spec: VsphereTargetSpec, rootDirectory: string): Promise<Dispatcher> {
  const { Agent, buildConnector } = await import("undici");
  const trust = await trustOf(spec, rootDirectory);
  const connect = buildConnector({
    timeout: connectTimeout,
    // `checkCertificate` decides, and can name the certificate in its error.
    rejectUnauthorized: false,
    maxCachedSessions: 0,
    allowH2: false,
    ...(trust.ca !== undefined && { ca: trust.ca }),
  });
  return new Agent({
    connect(options, callback) {
      // undici sends nothing before it gets the socket.
      const afterConnect: typeof callback = (...opened) => {
        const [error, socket] = opened;
        if (error !== null) {
          callback(error, null);
          return;
        }
        const distrust =
          socket instanceof TLSSocket ? checkCertificate(socket, trust) : new Error("no TLS");
        if (distrust === undefined) {
          callback(null, socket);
          return;
        }
        socket.destroy();
        callback(distrust, null);
      };
      const port = options.port === "" ? 443 : Number(options.port);
      const proxy = proxyFor(options.hostname.replace(/^\[|\]$/g, ""), port, environmentProxies());
      if (proxy === undefined) {
        connect(options, afterConnect);
        return;
      }
      openTunnel(proxy, `${options.hostname}:${port}`, connectTimeout, (error, httpSocket) => {
        if (httpSocket === null) callback(error ?? new Error("no tunnel"), null);
        else connect({ ...options, httpSocket }, afterConnect);
      });
    },
  });
}

async function trustOf(spec: VsphereTargetSpec, rootDirectory: string): Promise<Trust> {
  const { thumbprint, caFile } = spec;
  if (caFile !== undefined) {
    const path = resolve(rootDirectory, caFile);
    return {
      ca: [
        await readText(path).catch((thrown: unknown) => {
          throw new StylusError("publish.failed", {
            what: `The CA file ${path} cannot be read.`,
            why: `${describeThrown(thrown)}.`,
            next: "Correct the target's `caFile`.",
            cause: thrown,
          });
        }),
      ],
    };
  }
  return { thumbprint, ...trusting(extraAuthorities()) };
}
