import { xmlDocument, type XmlElement } from "../../../base/xml";
import type { VsphereCredentials } from "./credentials";
import { ServerFault } from "./server-fault";
import type { Send, VsphereResponse, VsphereRequest } from "./http";
import {
  sendWithin,
  SessionEndedError,
  sharedSession,
  type InSession,
  type SessionHeaders,
  type UseSession,
} from "./session";
import { child, parseXml, type XmlNode } from "../../../base/xml-read";

/** A managed object. */
export interface Reference {
  readonly type: string;
  readonly id: string;
}

/** A session of vSphere's SOAP API, which is valid for `/folder` as well. */
export interface Soap {
  /** The server's own objects: `fileManager`, `searchIndex`, ... */
  object(name: string): Reference;
  /** Returns the response's elements `returnval`. */
  call(
    method: string,
    of: Reference,
    parameters: readonly XmlElement[],
    signal: AbortSignal,
  ): Promise<readonly XmlNode[]>;
  /** Sends a request outside SOAP; `make` is called again if the session had ended. */
  request(make: () => VsphereRequest, signal: AbortSignal): Promise<VsphereResponse>;
}

export type UseSoap = <T>(signal: AbortSignal, work: (soap: Soap) => Promise<T>) => Promise<T>;

const serviceInstance: Reference = { type: "ServiceInstance", id: "ServiceInstance" };

export function soapSession(send: Send, credentials: () => Promise<VsphereCredentials>): UseSoap {
  let objects: ReadonlyMap<string, Reference> = new Map();
  const use: UseSession = sharedSession({
    async begin(signal) {
      const { username, password } = await credentials();
      const [content] = (
        await post(send, "RetrieveServiceContent", serviceInstance, [], {}, signal)
      ).values;
      objects = new Map(
        (content?.children ?? []).flatMap((it) => {
          const type = it.attributes["type"];
          return type === undefined ? [] : [[it.name, { type, id: it.text }] as const];
        }),
      );
      const parameters = [element("userName", username), element("password", password)];
      const { cookie } = await post(send, "Login", managerOf(objects), parameters, {}, signal);
      return cookie === undefined ? {} : { cookie };
    },
    end: async (headers, signal) => {
      await post(send, "Logout", managerOf(objects), [], headers, signal);
    },
  });
  return (signal, work) =>
    use(async (inSession) => {
      // Logs in, which reads the names of the server's objects.
      await inSession(() => Promise.resolve(), signal);
      return work(soapIn(inSession, send, (name) => objectOf(objects, name)));
    });
}

function soapIn(inSession: InSession, send: Send, object: Soap["object"]): Soap {
  return {
    object,
    call: (method, of, parameters, signal) =>
      inSession(async (headers) => {
        try {
          return (await post(send, method, of, parameters, headers, signal)).values;
        } catch (thrown) {
          const isOver = thrown instanceof ServerFault && thrown.kind === "NotAuthenticated";
          throw isOver ? new SessionEndedError() : thrown;
        }
      }, signal),
    request: (make, signal) => inSession((headers) => sendWithin(send, make(), headers), signal),
  };
}

/** Calls a method. Throws the response's fault. */
async function post(
  send: Send,
  method: string,
  of: Reference,
  parameters: readonly XmlElement[],
  session: SessionHeaders,
  signal: AbortSignal,
): Promise<{ readonly values: readonly XmlNode[]; readonly cookie: string | undefined }> {
  const response = await send({
    method: "POST",
    path: "/sdk",
    headers: { "content-type": "text/xml; charset=utf-8", soapaction: "urn:vim25/6.7", ...session },
    body: envelope(method, [reference("_this", of), ...parameters]),
    signal,
  });
  const text = await response.text();
  const body = bodyOf(text);
  if (body === undefined) {
    throw new ServerFault(
      undefined,
      response.status,
      `the server answered ${response.status} without a SOAP envelope`,
    );
  }
  const fault = child(body, "Fault");
  if (fault !== undefined) throw faultOf(fault);
  const cookie = response.header("set-cookie")?.split(";")[0];
  const values = body.children[0]?.children.filter(({ name }) => name === "returnval") ?? [];
  return { values, cookie };
}

function bodyOf(text: string): XmlNode | undefined {
  try {
    return child(parseXml(text), "Body");
  } catch {
    return undefined;
  }
}

function faultOf(fault: XmlNode): ServerFault {
  const detail = child(fault, "detail")?.children[0];
  const kind = typeOf(detail) ?? detail?.name.replace(/Fault$/, "");
  const text = child(fault, "faultstring")?.text.trim() ?? "";
  return new ServerFault(kind, undefined, text === "" ? (kind ?? "a fault") : text);
}

/** The `xsi:type` of an element, whatever the namespace's prefix is. */
export function typeOf(node: XmlNode | undefined): string | undefined {
  const attributes = Object.entries(node?.attributes ?? {});
  return attributes.find(([name]) => name.endsWith(":type"))?.[1].replace(/^.*:/, "");
}

export function element(name: string, content: XmlElement["content"]): XmlElement {
  return { name, attributes: {}, content };
}

export function reference(name: string, { type, id }: Reference): XmlElement {
  return { name, attributes: { type }, content: id };
}

function envelope(method: string, content: readonly XmlElement[]): string {
  const call = { name: method, attributes: { xmlns: "urn:vim25" }, content };
  return xmlDocument({
    name: "soapenv:Envelope",
    attributes: {
      "xmlns:soapenv": "http://schemas.xmlsoap.org/soap/envelope/",
      "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    },
    content: [element("soapenv:Body", [call])],
  });
}

function managerOf(objects: ReadonlyMap<string, Reference>): Reference {
  return objectOf(objects, "sessionManager");
}

function objectOf(objects: ReadonlyMap<string, Reference>, name: string): Reference {
  const found = objects.get(name);
  if (found !== undefined) return found;
  throw new ServerFault("NotSupported", undefined, `the server has no ${name}; is it a vCenter?`);
}
