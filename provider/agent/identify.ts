import { installKey as installKeyOf } from "../plan/keys";
import { lookUpHead, recordNotFound } from "../records/find-record";
import { readRecords } from "../records/lookup";
import { readRequest } from "../records/record";
import { type Build, recordStores, type KnownInstaller } from "./context";
import { requireWritableTargets, withProblemsOfAllTargets } from "./stages/check-targets";
import { fetchInstaller } from "./stages/fetch";

interface Identity {
  readonly installKey: string;
  readonly installer: KnownInstaller;
}

interface KnownIdentity {
  readonly installKey: string;
  readonly installerSha256?: string | undefined;
}

/** Finds the install key: in the plan, in a record with the installer's validator, or from the installer itself. */
export async function identify(build: Build): Promise<Identity> {
  const known = await findIdentity(build).catch(async (thrown: unknown) => {
    throw await withProblemsOfAllTargets(build, thrown);
  });
  if (known !== undefined) {
    return { installKey: known.installKey, installer: { sha256: known.installerSha256 } };
  }
  await requireWritableTargets(build, undefined);
  const file = await fetchInstaller(build, undefined);
  const installKey = installKeyOf({ ...build.plan, ...build.plan.machine }, file.sha256);
  return { installKey, installer: { sha256: file.sha256, file } };
}

/** The identity of the image, if it is known without the installer. */
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
  const found = await readRecords(
    recordStores(build),
    (store, signal) => readRequest(store, requestKey, signal),
    build,
  );
  return found.find((image) => image !== undefined);
}

/** An adopted image must be known to a record or to the resource's own outputs. */
async function findAdopted(build: Build, installKey: string): Promise<KnownIdentity> {
  const { existing } = build.plan;
  if (existing?.installKey === installKey) return existing;
  const answers = await lookUpHead(recordStores(build), installKey, build);
  const head = answers.find((answer) => answer.head !== undefined)?.head;
  if (head === undefined) throw recordNotFound(installKey, answers);
  return head;
}
