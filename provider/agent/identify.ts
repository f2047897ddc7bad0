import { askForHead, noRecord } from "../records/find-record";
import { readRequest } from "../records/_record-requests";
import { recordStores, type Build } from "./context";

export interface KnownIdentity {
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
  const answers = await askForHead(recordStores(build), installKey, build.signal);
  const head = answers.find((answer) => answer.head !== undefined)?.head;
  if (head === undefined) throw noRecord(installKey, answers);
  return head;
}
