import { z } from "zod";
import type { HttpResponse, RepeatableRequest } from "../../system/http/request";
import type { Login } from "./auth-file";

/** An authentication challenge of the header `WWW-Authenticate`. */
export type Challenge =
  | { readonly scheme: "basic" }
  | {
      readonly scheme: "bearer";
      readonly realm: string;
      readonly service: string | undefined;
      readonly scope: string | undefined;
    };

/** The first supported challenge of the header; a token server takes precedence. */
export function parseChallenge(header: string): Challenge | undefined {
  const bearer = parametersOf(header, "bearer");
  const realm = bearer?.get("realm");
  if (bearer !== undefined && realm !== undefined) {
    return { scheme: "bearer", realm, service: bearer.get("service"), scope: bearer.get("scope") };
  }
  return parametersOf(header, "basic") === undefined ? undefined : { scheme: "basic" };
}

/** RFC 9110, 11.6.1: `scheme name="value", name=token`; a scheme is a word without `=` behind it. */
function parametersOf(header: string, wanted: string): Map<string, string> | undefined {
  const token = /\s*,?\s*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/y;
  let scheme = "";
  let found: Map<string, string> | undefined;
  for (let match = token.exec(header); match !== null; match = token.exec(header)) {
    const [, name = "", quoted, plain] = match;
    const value = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    if (value === undefined) {
      scheme = name.toLowerCase();
      if (scheme === wanted) found ??= new Map();
    } else if (scheme === wanted) {
      found?.set(name.toLowerCase(), value);
    }
  }
  return found;
}

export interface Token {
  readonly text: string;
  /** Time in milliseconds, as `Date.now()`, after which the token is renewed. */
  readonly renewAt: number;
}

/** Lifetime of a token whose response does not state one. */
const usualSeconds = 60;

const answerSchema = z
  .object({
    token: z.string().min(1).optional(),
    access_token: z.string().min(1).optional(),
    expires_in: z.number().positive().default(usualSeconds),
  })
  .transform(({ token, access_token, expires_in }, context) => {
    const text = token ?? access_token;
    if (text !== undefined) return { text, seconds: expires_in };
    context.addIssue("no token");
    return z.NEVER;
  });

interface TokenQuery {
  readonly challenge: Extract<Challenge, { readonly scheme: "bearer" }>;
  readonly scopes: readonly string[];
  readonly login: Login | undefined;
}

/** The request for a token: Docker's token protocol, or OAuth 2.0 where there is an identity token. */
export function tokenRequest(
  { challenge, scopes, login }: TokenQuery,
  signal: AbortSignal,
): RepeatableRequest {
  const url = new URL(challenge.realm);
  if (login !== undefined && "identityToken" in login) {
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      client_id: "stylus-image",
      refresh_token: login.identityToken,
      ...(challenge.service !== undefined && { service: challenge.service }),
      scope: scopes.join(" "),
    });
    const body = Buffer.from(form.toString());
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return {
      method: "POST",
      url,
      headers,
      body: { length: body.length, chunks: () => one(body) },
      signal,
    };
  }
  if (challenge.service !== undefined) url.searchParams.set("service", challenge.service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const headers = login === undefined ? {} : { authorization: basicAuthorization(login) };
  return { method: "GET", url, headers, signal };
}

export function basicAuthorization(login: Exclude<Login, { readonly identityToken: string }>) {
  const pair = `${login.username}:${login.password}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/** The token of a response; undefined if it has none. */
export async function readToken(answer: HttpResponse, now: number): Promise<Token | undefined> {
  const text = await answer.text();
  try {
    const parsed = answerSchema.parse(JSON.parse(text));
    // Renewed after four fifths of its lifetime, to allow for slow requests and differing clocks.
    return { text: parsed.text, renewAt: now + parsed.seconds * 800 };
  } catch {
    return undefined;
  }
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes);
}

/** Scopes such as `repository:team/images:pull,push`, with what is asked for now added to what was before. */
export function mergeScopes(before: readonly string[], more: readonly string[]): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of [...before, ...more]) {
    const colon = scope.lastIndexOf(":");
    if (colon < 1) continue;
    const resource = scope.slice(0, colon);
    const set = actions.get(resource) ?? new Set<string>();
    for (const action of scope.slice(colon + 1).split(",")) set.add(action);
    actions.set(resource, set);
  }
  return [...actions].map(([resource, set]) => `${resource}:${[...set].sort().join(",")}`).sort();
}
