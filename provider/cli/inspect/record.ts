import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { headSchema, recordPaths, type Head } from "../../plan/record";
import type { Proof } from "../../plan/proof";
import { readProofs } from "../../records/proofs";
import { directoryRecords } from "../../targets/directory/records";
import { readRecord, type ImageRecord } from "../../records/record";
import { formatSize } from "../../base/size";
import { locationOf } from "../terminal/output";
import { notInspectable, type Inspection } from "./inspection";

/**
 * Reads a record from its `head.json` or its folder `.stylus-image/<install key>`, or all records of a folder that
 * images were published to.
 */
export async function inspectRecord(path: string, signal: AbortSignal): Promise<Inspection> {
  const folder = (await stat(path)).isDirectory();
  const record = folder ? path : dirname(path);
  const key = basename(record);
  const isRecord = /^[0-9a-f]{64}$/.test(key) && basename(dirname(record)) === recordsFolder;
  if (isRecord) return describeAll(await readAll(dirname(dirname(record)), [key], signal));
  if (folder) return describeAll(await readAll(path, await keysIn(path, signal), signal));
  const head = await readCopiedHead(path);
  return { document: { type: "record", head }, lines: describeHead(head) };
}

const recordsFolder = dirname(recordPaths.requests);

interface KeyedRecord extends ImageRecord {
  readonly installKey: string;
  readonly proofs: readonly Proof[];
}

async function readAll(
  root: string,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<KeyedRecord[]> {
  if (keys.length === 0) throw notInspectable(root, `contains no record (${recordsFolder})`);
  const store = directoryRecords(root, root);
  const { default: pMap } = await import("p-map");
  const read = async (installKey: string): Promise<KeyedRecord> => ({
    installKey,
    ...(await readRecord(store, installKey, signal)),
    proofs: await readProofs(store, installKey, signal),
  });
  return pMap(keys, read, { concurrency: 16 });
}

async function keysIn(root: string, signal: AbortSignal): Promise<string[]> {
  const paths = await directoryRecords(root, root).list(`${recordsFolder}/`, signal);
  const keys = paths.flatMap((path) => /\/([0-9a-f]{64})\//.exec(path)?.[1] ?? []);
  return [...new Set(keys)].toSorted();
}

/** A head outside of its record's folder. */
async function readCopiedHead(path: string): Promise<Head> {
  try {
    return headSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    throw notInspectable(path, "is JSON, but not the head of a record");
  }
}

function describeAll(records: readonly KeyedRecord[]): Inspection {
  return {
    document: { type: "records", records },
    lines: records.flatMap((record, index) => [...(index === 0 ? [] : [""]), ...describe(record)]),
  };
}

function describe({ installKey, head, publications, markers, proofs }: KeyedRecord): string[] {
  return [
    ...(head === undefined
      ? [
          `install key     ${installKey}`,
          "head            none: the file was published by `publish`, or no build is complete",
        ]
      : describeHead(head)),
    ...publications.map(
      (it) => `published       ${it.format}  ${locationOf(it)}, ${formatSize(it.sizeBytes)}`,
    ),
    ...proofs.map((it) => `proven          ${describeProof(it)}`),
    ...markers.map(
      ({ owner, state, time, instance }) =>
        `owner           ${owner} (${state}, ${time}, ${instance})`,
    ),
  ];
}

function describeProof({ proven, time, recipe, accelerator }: Proof): string {
  const what = {
    structure: "the disk is a complete install",
    boot: "it was booted",
    expect: "its console matched an expression (`verify.expect`)",
    artifact: `artifact ${proven.kind === "artifact" ? proven.artifactKey.slice(0, 12) : ""} was booted`,
  }[proven.kind];
  return `${what} (${[time, `recipe ${recipe}`, accelerator].filter(Boolean).join(", ")})`;
}

function describeHead(head: Head): string[] {
  return [
    `install key     ${head.installKey}`,
    ...(head.installerSha256 === undefined
      ? ["installer       none: a site seed"]
      : [`installer       sha256 ${head.installerSha256}`]),
    `content digest  ${head.contentDigest ?? "none: nothing was installed"}`,
    `virtual size    ${formatSize(head.virtualSizeBytes)}, ${head.firmware}, recipe ${head.recipe}`,
  ];
}
