import { z } from "zod";
import { ServerFault } from "./server-fault";
import type { VsphereCredentials } from "./credentials";
import type { Send, VsphereResponse, VsphereRequest } from "./http";
import { sendWithin, sharedSession } from "./session";

/** A session of vSphere's REST API. */
export interface Rest {
  /** Returns the response's value; throws the server's fault. The path is below `/rest/com/vmware`. */
  call<T extends z.ZodType>(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body: unknown,
    result: T,
    signal: AbortSignal,
    responseTimeout?: number,
  ): Promise<z.output<T>>;
  /** Sends a request for bytes; `make` is called again if the session had ended. */
  request(make: () => VsphereRequest, signal: AbortSignal): Promise<VsphereResponse>;
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
 * The interface under /rest, which vCenter has from 6.5 to 8. govmomi, and with it most other tools, uses it for content
 * libraries.
 */
export function restSession(send: Send, credentials: () => Promise<VsphereCredentials>): UseRest {
  const use = sharedSession({
    async begin(signal) {
      const { username, password } = await credentials();
      const pair = Buffer.from(`${username}:${password}`).toString("base64");
      const headers = { authorization: `Basic ${pair}`, "vmware-use-header-authn": "true" };
      const response = await send({ method: "POST", path: sessionPath, headers, signal });
      const session = parseResponse(
        z.object({ value: z.string() }),
        await valueOf(response),
        "a login",
      );
      return { "vmware-api-session-id": session.value };
    },
    async end(headers, signal) {
      const response = await send({ method: "DELETE", path: sessionPath, headers, signal });
      await response.text();
    },
  });
  return (work) =>
    use((inSession) => {
      const request: Rest["request"] = (make, signal) =>
        inSession((headers) => sendWithin(send, make(), headers), signal);
      return work({
        request,
        async call(method, path, body, result, signal, responseTimeout) {
          const made: VsphereRequest = {
            method,
            path: `/rest/com/vmware${path}`,
            headers: { accept: "application/json", "content-type": "application/json" },
            body: body === undefined ? undefined : JSON.stringify(body),
            signal,
            responseTimeout,
          };
          const response = await request(() => made, signal);
          const { value } = parseResponse(wrapped, await valueOf(response), path);
          return parseResponse(result, value, path);
        },
      });
    });
}

function parseResponse<T extends z.ZodType>(type: T, value: unknown, what: string): z.output<T> {
  const parsed = type.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = `the server's response to ${what.replace(/\?.*$/, "")} is not one of vSphere's`;
  throw new ServerFault(undefined, undefined, message);
}

async function valueOf(response: VsphereResponse): Promise<unknown> {
  const text = await response.text();
  if (response.status >= 200 && response.status <= 299) return jsonOf(text);
  throw restFault(response.status, text);
}

function jsonOf(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function restFault(status: number, text: string): ServerFault {
  let fault: z.infer<typeof faultBody> = {};
  try {
    fault = faultBody.parse(JSON.parse(text));
  } catch {
    // A proxy, or a service that is shutting down, sends no JSON of vSphere's.
  }
  const kind = (fault.type ?? fault.error_type)?.replace(/^.*\./, "").toLowerCase();
  const messages = fault.value?.messages?.map((it) => it.default_message) ?? [];
  const reason = messages.length === 0 ? (kind ?? text.trim().slice(0, 200)) : messages.join(" ");
  return new ServerFault(kind, status, `the server answered ${status} (${reason})`);
}
