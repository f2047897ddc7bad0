import { proofSchema, type Proof } from "../plan/proof";
import { recordPaths } from "../plan/record";
import type { RecordStore } from "../targets/record-store";
import { json } from "./json-file";

/** The proofs of an image in one record. A file that cannot be parsed proves nothing. */
export async function readProofs(
  store: RecordStore,
  key: string,
  signal: AbortSignal,
): Promise<Proof[]> {
  const paths = await store.list(recordPaths.publications(key), signal);
  const texts = await Promise.all(
    paths.filter(recordPaths.isProof).map((path) => store.read(path, signal)),
  );
  return texts.flatMap((text) => (text === undefined ? [] : parseProof(text)));
}

export async function addProof(
  store: RecordStore,
  key: string,
  proof: Proof,
  signal: AbortSignal,
): Promise<void> {
  await store.create(recordPaths.proof(key, proof), json(proof), signal);
}

function parseProof(text: string): Proof[] {
  try {
    return [proofSchema.parse(JSON.parse(text))];
  } catch {
    return [];
  }
}
