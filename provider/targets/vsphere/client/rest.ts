import { z } from "zod";
import { ServerFault } from "./server-fault";
import type { VsphereCredentials } from "./credentials";
import type { Send, VsphereAnswer, VsphereRequest } from "./http";
import { sendWithin, sharedSession } from "./session";

/** A session of vSphere's REST API. */
export interface Rest {
  /** What the answer holds; a fault in it is thrown. The path is one below `/rest/com/vmware`. */
  call<T extends z.ZodType>(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body: unknown,
    result: T,
    signal: AbortSignal,
    patience?: number,
  ): Promise<z.output<T>>;
  /** A request for bytes; `make` is asked again where the session was over. */
  request(make: () => VsphereRequest, signal: AbortSignal): Promise<VsphereAnswer>;
}

export type UseRest = <T>(work: (rest: Rest) => Promise<T>) => Promise<T>;

const sessionPath = "/rest/com/vmware/cis/session";
const wrapped = z.object({ value: z.unknown() }).partial();
const faultBody = z.object({
  type: z.string().optional(),
  error_type: z.string().optional(),
  value: z
    .object({ messages: z.array(z.object({ default_message: z.string() })) })
    .partial()
    .optional(),
});

/**
 * The interface under /rest, which vCenter has from 6.5 on and still has in 8: it is the one that govmomi, and with it
 * most other tools, use for content libraries.
 */
export function restSession(send: Send, credentials: () => Promise<VsphereCredentials>): UseRest {
  const use = sharedSession({
    async begin(signal) {
      const { username, password } = await credentials();
      const pair = Buffer.from(`${username}:${password}`).toString("base64");
      const headers = { authorization: `Basic ${pair}`, "vmware-use-header-authn": "true" };
      const answer = await send({ method: "POST", path: sessionPath, headers, signal });
      const begun = understood(z.object({ value: z.string() }), await valueOf(answer), "a login");
      return { "vmware-api-session-id": begun.value };
    },
    async end(headers, signal) {
      const answer = await send({ method: "DELETE", path: sessionPath, headers, signal });
      await answer.text();
    },
  });
  return (work) =>
    use((inSession) => {
      const request: Rest["request"] = (make, signal) =>
        inSession((headers) => sendWithin(send, make(), headers), signal);
      return work({
        request,
        async call(method, path, body, result, signal, patience) {
          const made: VsphereRequest = {
            method,
            path: `/rest/com/vmware${path}`,
            headers: { accept: "application/json", "content-type": "application/json" },
            body: body === undefined ? undefined : JSON.stringify(body),
            signal,
            patience,
          };
          const answer = await request(() => made, signal);
          const { value } = understood(wrapped, await valueOf(answer), path);
          return understood(result, value, path);
        },
      });
    });
}

function understood<T extends z.ZodType>(type: T, value: unknown, what: string): z.output<T> {
  const parsed = type.safeParse(value);
  if (parsed.success) return parsed.data;
  const said = `the server's answer to ${what.replace(/\?.*$/, "")} is not one of vSphere's`;
  throw new ServerFault(undefined, undefined, said);
}

async function valueOf(answer: VsphereAnswer): Promise<unknown> {
  const text = await answer.text();
  if (answer.status >= 200 && answer.status <= 299) return jsonOf(text);
  throw restFault(answer.status, text);
}

function jsonOf(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function restFault(status: number, text: string): ServerFault {
  let said: z.infer<typeof faultBody> = {};
  try {
    said = faultBody.parse(JSON.parse(text));
  } catch {
    // A proxy or a dying service answers in words of its own.
  }
  const kind = (said.type ?? said.error_type)?.replace(/^.*\./, "").toLowerCase();
  const messages = said.value?.messages?.map((it) => it.default_message) ?? [];
  const reason = messages.length === 0 ? (kind ?? text.trim().slice(0, 200)) : messages.join(" ");
  return new ServerFault(kind, status, `the server answered ${status} (${reason})`);
}
