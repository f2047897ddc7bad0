import { ociTargetId } from "../../schema/targets/identity";
import type { Dispatcher } from "undici";
import { StylusError } from "../../base/errors";
import type { OciTargetSpec } from "../../schema/targets/oci";
import { registryOf } from "./address";
import {
  type Challenge,
  type Token,
  basicAuthorization,
  mergeScopes,
  parseChallenge,
  readToken,
  tokenRequest,
} from "./token";
import { findCredentials, type Credentials } from "./credentials";
import { readErrorResponse, registryError } from "./errors";
import { sendWithRetry } from "../../system/http/retry";

/** Answers a registry's authentication challenges. */
export interface Authorizer {
  /** The `Authorization` header. A token that expires soon is renewed first. */
  header(signal: AbortSignal): Promise<string | undefined>;
  /** The `Authorization` header for repeating a request that got a 401 with this challenge. Throws `publish.denied`. */
  answer(challenge: string, refused: string | undefined, signal: AbortSignal): Promise<string>;
  /** For messages: the source of the credentials, or the places without any. */
  describeLogin(): string;
}

type Bearer = Extract<Challenge, { readonly scheme: "bearer" }>;

export function openAuthorizer(
  spec: OciTargetSpec,
  openDispatcher: () => Promise<Dispatcher>,
): Authorizer {
  const { host, name } = registryOf(spec);
  let known: { readonly challenge: Bearer; readonly scopes: readonly string[] } | undefined;
  let token: Token | undefined;
  let basic: string | undefined;
  let pending: { readonly key: string; readonly token: Promise<string> } | undefined;
  let loginSource = "No credentials were asked for.";

  const credentials = async (signal: AbortSignal): Promise<Credentials> => {
    const found = await findCredentials(spec, host, name, signal);
    loginSource =
      found.login === undefined
        ? `No login for ${host} was found; looked at: ${found.source}.`
        : `They are from ${found.source}.`;
    return found;
  };
  const denied = (why: string) =>
    new StylusError("publish.denied", {
      what: `Cannot log in at ${ociTargetId(spec)}.`,
      why: `${why} ${loginSource}`,
      next: `Log in with \`docker login ${host}\` or \`skopeo login ${host}\`, or set the target's \`username\` and \`password\`.`,
    });

  const fetchToken = async (
    { challenge, scopes }: NonNullable<typeof known>,
    signal: AbortSignal,
  ) => {
    const { login } = await credentials(signal);
    const url = URL.parse(challenge.realm);
    if (
      url === null ||
      (url.protocol !== "https:" && !(spec.plainHttp && url.protocol === "http:"))
    ) {
      throw denied("The registry names a token server that is not reached over https.");
    }
    const answer = await sendWithRetry(
      await openDispatcher(),
      tokenRequest({ challenge, scopes, login }, signal),
    );
    if (answer.status !== 200) {
      const refusal = await readErrorResponse(answer);
      if ([400, 401, 403].includes(refusal.status)) {
        throw denied(
          `Its token server refuses the credentials: ${refusal.status} ${refusal.text}.`,
        );
      }
      throw registryError(refusal, "get a token", spec, loginSource);
    }
    token = await readToken(answer, Date.now());
    if (token === undefined) throw denied("Its token server answered without a token.");
    return `Bearer ${token.text}`;
  };
  /** Requests for the same scopes share one token request. */
  const renew = async (wanted: NonNullable<typeof known>, signal: AbortSignal): Promise<string> => {
    const key = JSON.stringify(wanted);
    if (pending?.key !== key) {
      const request = { key, token: fetchToken(wanted, signal) };
      pending = request;
      const done = () => {
        if (pending === request) pending = undefined;
      };
      request.token.then(done, done);
    }
    return pending.token;
  };

  return {
    describeLogin: () => loginSource,
    header: async (signal) => {
      if (token === undefined || known === undefined) return basic;
      return Date.now() < token.renewAt ? `Bearer ${token.text}` : renew(known, signal);
    },
    answer: async (header, refused, signal) => {
      const challenge = parseChallenge(header);
      if (challenge?.scheme === "bearer") {
        const scopes = mergeScopes(known?.scopes ?? [], challenge.scope?.split(" ") ?? []);
        known = { challenge: { ...challenge, scope: undefined }, scopes };
        return renew(known, signal);
      }
      const { login } = await credentials(signal);
      if (challenge === undefined) throw denied("It requires an unknown kind of login.");
      if (login === undefined) throw denied("It requires a user and a password.");
      if ("identityToken" in login) throw denied("It requires a password instead of a token.");
      basic = basicAuthorization(login);
      if (basic === refused) throw denied("It refuses the user or the password.");
      return basic;
    },
  };
}
