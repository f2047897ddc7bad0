import { z } from "zod";
import type { Challenge } from "./_oci-challenge";
import type { Login } from "./auth-file";
import type { WireAnswer, WireRequest } from "../../system/http/requests";

export interface Token {
  readonly text: string;
  /** Milliseconds of `Date.now()`; asked for anew before. */
  readonly renewAt: number;
}

/** What a token lives that says nothing of it. */
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

export interface TokenWish {
  readonly challenge: Extract<Challenge, { readonly scheme: "bearer" }>;
  readonly scopes: readonly string[];
  readonly login: Login | undefined;
}

/** The request for a token: Docker's token protocol, or OAuth 2.0 where there is an identity token. */
export function tokenRequest(
  { challenge, scopes, login }: TokenWish,
  signal: AbortSignal,
): WireRequest {
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
      body: { length: body.length, pieces: () => one(body) },
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

/** The token in an answer, or undefined where there is none. */
export async function tokenIn(answer: WireAnswer, now: number): Promise<Token | undefined> {
  const text = await answer.text();
  try {
    const parsed = answerSchema.parse(JSON.parse(text));
    // A request is signed when it starts: the last fifth is for its way there and for clocks that differ.
    return { text: parsed.text, renewAt: now + parsed.seconds * 800 };
  } catch {
    return undefined;
  }
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes);
}
