import { lookup } from "node:dns/promises";
import type { Marker } from "../plan/record";

/**
 * Whether an owner may publish at this target, which keeps no records. A marker of an earlier version does not name
 * targets, so its owner may publish anywhere. Two addresses that may lead to one server count as one target, because
 * nothing may be removed in doubt.
 */
export async function mayPublishAt({ targets }: Marker, target: string): Promise<boolean> {
  if (targets === undefined || targets.includes(target)) return true;
  for (const other of targets) {
    if (await mayBeSame(other, target)) return true;
  }
  return false;
}

interface Address {
  readonly kind: string;
  readonly host: string;
  readonly path: string;
}

async function mayBeSame(one: string, other: string): Promise<boolean> {
  const [a, b] = [addressOf(one), addressOf(other)];
  if (a.kind !== b.kind) return false;
  if (a.kind === "cdi") return a.host === b.host || [a.host, b.host].includes(".");
  return a.path === b.path && (a.host === b.host || mayBeOneServer(a.host, b.host));
}

/** The parts of a target's identity: `oci://host:port/path`, `https://host/path`, `cdi://namespace (context)`. */
function addressOf(target: string): Address {
  const [, scheme = "", host = "", path = ""] = /^(\w+):(?:\/\/([^/ ]*))?(.*)$/.exec(target) ?? [];
  const kind = scheme === "https" ? "http" : scheme;
  return { kind, host: host.replace(/:\d+$/, "").toLowerCase(), path: path.replace(/\/+$/, "") };
}

async function mayBeOneServer(one: string, other: string): Promise<boolean> {
  const [addresses, others] = await Promise.all([one, other].map(addressesOf));
  // A name that cannot be resolved may be another name of the same server.
  if (addresses === undefined || others === undefined) return true;
  return addresses.some((address) => others.includes(address));
}

async function addressesOf(host: string): Promise<string[] | undefined> {
  try {
    const found = await lookup(host.replace(/^\[|\]$/g, ""), { all: true });
    return found.map(({ address }) => (isLoopback(address) ? "loopback" : address));
  } catch {
    return undefined;
  }
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
