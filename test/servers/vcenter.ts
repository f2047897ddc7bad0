import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";

export interface Vcenter {
  /** URL without TLS. */
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Folders on this machine that hold the datastores, by `<datacenter>/<datastore>`. */
  readonly datastores: ReadonlyMap<string, string>;
  /**
   * Sends a REST request as another client: a path below `content/`, or an absolute path. Returns the response's
   * value.
   */
  rest(method: string, path: string, body?: unknown): Promise<unknown>;
  /**
   * Calls a SOAP method as another client, on a `SearchIndex` or a `VirtualMachine:vm-7`. Returns the response's
   * text.
   */
  soap(method: string, of: string, parameters: string): Promise<string>;
  /** Managed object ID at an inventory path; undefined if it does not exist. */
  idOf(path: string): Promise<string | undefined>;
  /** Creates a content library on the first datastore, and returns its ID. */
  createLibrary(name: string): Promise<string>;
  stop(): Promise<void>;
}

const greeting = z.object({
  port: z.string(),
  datastores: z.record(z.string(), z.string()),
  ids: z.record(z.string(), z.string()),
});

const username = "publisher@vsphere.local";
const password = "secret-for-tests-only";

/** A vCenter simulator on a free port, which tells clients that its address is `publicUrl`. */
export async function startVcenter(publicUrl: string, datacenters = 1): Promise<Vcenter> {
  const program = process.env["STYLUS_TEST_VCENTER"] ?? "vcenter";
  const server = spawn(program, ["serve", publicUrl, String(datacenters)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, VCENTER_USER: username, VCENTER_PASSWORD: password },
  });
  const exited = once(server, "exit");
  exited.catch(() => undefined);
  const line = await Promise.race([
    once(createInterface(server.stdout), "line").then(([text]) => String(text)),
    exited.then(() => ""),
  ]).catch(() => "");
  if (line === "") throw new Error(`${program} did not start; run tools/set-up.sh --tests`);
  const { port, datastores, ids } = greeting.parse(JSON.parse(line));
  const origin = `http://127.0.0.1:${port}`;
  const rest: Vcenter["rest"] = async (method, path, body) => {
    const pair = Buffer.from(`${username}:${password}`).toString("base64");
    const session = `${origin}/rest/com/vmware/cis/session`;
    const begun = await fetch(session, {
      method: "POST",
      headers: { authorization: `Basic ${pair}` },
    });
    const { value: id } = z.object({ value: z.string() }).parse(await begun.json());
    const below = path.startsWith("/") ? path.slice(1) : `content/${path}`;
    const answer = await fetch(`${origin}/rest/com/vmware/${below}`, {
      method,
      headers: { "vmware-api-session-id": id },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : z.object({ value: z.unknown() }).parse(JSON.parse(text)).value;
  };
  const soap: Vcenter["soap"] = async (method, of, parameters) => {
    const login = `<userName>${username}</userName><password>${password}</password>`;
    const { cookie } = await callSoap(origin, "Login", "SessionManager", login, "");
    return (await callSoap(origin, method, of, parameters, cookie)).text;
  };
  return {
    port: Number(port),
    username,
    password,
    datastores: new Map(Object.entries(datastores)),
    rest,
    soap,
    async idOf(path) {
      const wanted = `<inventoryPath>${path}</inventoryPath>`;
      const text = await soap("FindByInventoryPath", "SearchIndex", wanted);
      return /<returnval[^>]*>([^<]+)</.exec(text)?.[1];
    },
    async createLibrary(name) {
      const datastore_id = ids["DC0/LocalDS_0"];
      const create_spec = {
        name,
        type: "LOCAL",
        storage_backings: [{ datastore_id, type: "DATASTORE" }],
      };
      return z.string().parse(await rest("POST", "local-library", { create_spec }));
    },
    async stop() {
      // The simulator ends at the end of its input and removes its folders.
      server.stdin.end();
      await exited;
    },
  };
}

async function callSoap(
  origin: string,
  method: string,
  of: string,
  parameters: string,
  cookie: string,
) {
  const [type = "", id = type] = of.split(":");
  const answer = await fetch(`${origin}/sdk`, {
    method: "POST",
    headers: { "content-type": "text/xml", cookie },
    body: `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><${method} xmlns="urn:vim25"><_this type="${type}">${id}</_this>${parameters}</${method}></Body></Envelope>`,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method}: ${text}`);
  return { text, cookie: answer.headers.get("set-cookie")?.split(";")[0] ?? "" };
}
