import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { ovaNames } from "../plan/ovf";
import { StylusError } from "../spec/errors";
import { MiB } from "../spec/size";
import { run } from "../system/run";
import { tryAgain } from "./write-fault";

export interface OvaFacts {
  /** Where the disk's bytes begin. */
  readonly diskStart: number;
  readonly diskSize: number;
  /** Virtual size of the disk in bytes. */
  readonly capacity: number;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

const infoSchema = z.object({ format: z.literal("vmdk"), "virtual-size": z.number() });

/** Reads an OVA back with tar and qemu-img, neither of which wrote it, and compares what it says of itself. */
export async function checkOva(ova: string, facts: OvaFacts): Promise<void> {
  const { signal } = facts;
  const options = { signal, code: "convert.failed", next: tryAgain } as const;
  const tar = (...args: string[]) => ["--force-local", "--file", ova, ...args];

  const { stdout: listed } = await run("tar", tar("--list"), options);
  expect(listed.trimEnd().split("\n"), Object.values(ovaNames), "files");

  const digestOf = async (name: string): Promise<string> => {
    const digest = createHash("sha256");
    let done = 0;
    let told = 0;
    const onStdout = (chunk: Buffer) => {
      digest.update(chunk);
      done += chunk.length;
      if (name !== ovaNames.disk || done - told < 4 * MiB) return;
      told = done;
      facts.onProgress(done / facts.diskSize);
    };
    await run("tar", tar("--extract", "--to-stdout", "--occurrence", name), {
      ...options,
      onStdout,
    });
    return digest.digest("hex");
  };
  const read = tar("--extract", "--to-stdout", "--occurrence", ovaNames.manifest);
  const { stdout: manifest } = await run("tar", read, options);
  const digests: string[] = [];
  for (const name of [ovaNames.ovf, ovaNames.disk]) {
    digests.push(`SHA256(${name})= ${await digestOf(name)}\n`);
  }
  expect(manifest, digests.join(""), "manifest");

  const info = await run("qemu-img", ["info", "--output=json", diskInside(ova, facts)], options);
  const { "virtual-size": size } = infoSchema.parse(JSON.parse(info.stdout));
  expect(size, facts.capacity, "capacity of the disk");
}

/** The disk inside the archive, as qemu-img reads it without unpacking. */
function diskInside(ova: string, { diskStart: offset, diskSize: size }: OvaFacts): string {
  const file = { driver: "file", filename: resolve(ova) };
  const part = { driver: "raw", offset, size, file };
  return `json:${JSON.stringify({ driver: "vmdk", file: part })}`;
}

function expect(found: unknown, wanted: unknown, what: string): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  throw new StylusError("convert.failed", {
    what: `The OVA was read back and its ${what} is not what was written.`,
    why: `Found ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}.`,
    next: `Check the build host's disk and memory. ${tryAgain}`,
  });
}
