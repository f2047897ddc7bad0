import { StylusError } from "../base/errors";
import { lookUpHead, recordNotFound } from "../records/find-record";
import { readRequest } from "../records/record";
import { type Build, recordStores } from "./context";

interface KnownIdentity {
  readonly installKey: string;
  readonly installerSha256?: string | undefined;
}

/** What is known of the image before the installer is fetched. */
export async function findIdentity(build: Build): Promise<KnownIdentity | undefined> {
  const { installKey, requestKey, installer } = build.plan;
  if (installKey !== undefined && installer.source.type === "none") {
    return findAdopted(build, installKey);
  }
  if (installKey !== undefined && installer.source.type === "user-data") return { installKey };
  if (installKey !== undefined && installer.sha256 !== undefined) {
    return { installKey, installerSha256: installer.sha256 };
  }
  if (requestKey === undefined) return undefined;
  for (const store of recordStores(build)) {
    const found = await readRequest(store, requestKey, build.signal);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An image that is adopted is there already: a record says so, or the outputs of the resource itself. */
async function findAdopted(build: Build, installKey: string): Promise<KnownIdentity> {
  const { existing } = build.plan;
  if (existing?.installKey === installKey) return existing;
  const answers = await lookUpHead(recordStores(build), installKey, build.signal);
  const head = answers.find((answer) => answer.head !== undefined)?.head;
  if (head === undefined) throw recordNotFound(installKey, answers);
  return head;
}

/** Whether the plan only takes an image that exists. */
export function isAdoption({ plan }: Build): boolean {
  return plan.installer.source.type === "none";
}

/** Nothing that missing formats could be made from, and an install is out of the question. */
export function neverInstalled({ plan }: Build): StylusError {
  return new StylusError("convert.no-source", {
    what: `The adopted image ${plan.installKey ?? ""} cannot be made into what is missing.`,
    why: "Neither is its base disk in this machine's cache, nor is an artifact that holds every bit of it (raw, qcow2) at one of the targets; an adopted image is never installed anew. An iso is made from the installer, which an adopted image does not name.",
    next: "Name the target where such an artifact lies in `publishTo`, or run it on the machine that built the image, or give up `adopt` to build anew.",
  });
}
