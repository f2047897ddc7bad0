import type { z } from "zod";
import { z as schema } from "zod";
import { ServerFault } from "./vsphere-answer";
import type { VsphereCredentials } from "./vsphere-credentials";
import type { Send, VsphereAnswer, VsphereRequest } from "./vsphere-http";
import { SessionOver, sharedSession } from "./vsphere-session";

/** A session of vSphere's REST API. */
export interface Rest {
  /** What the answer holds; a fault in it is thrown. */
  call<T extends z.ZodType>(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body: unknown,
    result: T,
    signal: AbortSignal,
  ): Promise<z.output<T>>;
  /** A request for bytes; `make` is asked again where the session was over. */
  request(make: () => VsphereRequest): Promise<VsphereAnswer>;
}

export type UseRest = <T>(signal: AbortSignal, work: (rest: Rest) => Promise<T>) => Promise<T>;

const sessionPath = "/rest/com/vmware/cis/session";
const wrapped = schema.object({ value: schema.unknown() }).partial();
const faultBody = schema.object({
  type: schema.string().optional(),
  error_type: schema.string().optional(),
  value: schema
    .object({ messages: schema.array(schema.object({ default_message: schema.string() })) })
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
      const id = schema.object({ value: schema.string() }).parse(await valueOf(answer)).value;
      return { "vmware-api-session-id": id };
    },
    async end(headers, signal) {
      const answer = await send({ method: "DELETE", path: sessionPath, headers, signal });
      await answer.text();
    },
  });
  return (signal, work) =>
    use(signal, (inSession) => {
      const request: Rest["request"] = (make) =>
        inSession(async (headers) => {
          const made = make();
          const answer = await send({ ...made, headers: { ...made.headers, ...headers } });
          if (answer.status !== 401) return answer;
          await answer.text();
          throw new SessionOver();
        });
      return work({
        request,
        async call(method, path, body, result, callSignal) {
          const answer = await request(() => ({
            method,
            path: `/rest/com/vmware/content/library${path}`,
            headers: { accept: "application/json", "content-type": "application/json" },
            body: body === undefined ? undefined : JSON.stringify(body),
            signal: callSignal,
          }));
          return result.parse(wrapped.parse(await valueOf(answer)).value);
        },
      });
    });
}

async function valueOf(answer: VsphereAnswer): Promise<unknown> {
  const text = await answer.text();
  if (answer.status >= 200 && answer.status <= 299) return text === "" ? {} : JSON.parse(text);
  throw restFault(answer.status, text);
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
