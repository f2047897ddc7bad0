import { encodePng } from "../../../provider/base/png";
import type { Report } from "../../../provider/report/report";
import { GiB, MiB } from "../../../provider/base/size";
import { digest } from "../agent/samples";

const png = encodePng({ width: 4, height: 2, pixels: Buffer.alloc(24, 90) });

/** A report with a value in every field. */
export const report: Report = {
  name: "edge",
  owner: "urn:me",
  begun: "2026-11-25T17:54:18.123Z",
  seconds: 93.4,
  image: {
    installKey: digest("1"),
    contentDigest: digest("d"),
    diskBytes: 100 * GiB,
    firmware: "uefi",
    secureBoot: true,
    network: "isolated",
    recipe: "1",
  },
  installer: {
    from: "https://example.com/a.iso",
    sha256: digest("c"),
    kind: "kairos",
    volumeLabel: "COS_LIVE",
    sizeBytes: 66_299_904,
  },
  userData: "stylus:\n  site:\n    edgeHostToken: <text>\n",
  plaintextSecrets: ["stylus.site.edgeHostToken"],
  host: {
    accelerator: "tcg",
    reason: "There is no /dev/kvm.",
    cpuModel: "Nehalem",
    cpus: 4,
    memoryBytes: 8 * GiB,
    tools: { "qemu-system-x86_64": "7.2.22", xorriso: "1.5.4" },
  },
  program: { version: "0.1.0", node: "v24.1.0", system: "Linux 6.1" },
  stages: [
    { stage: "fetch", state: "finished", start: 0.1, seconds: 2, bytes: 66_299_904 },
    { stage: "install", state: "finished", start: 3, seconds: 45, bytes: 110 * MiB },
    { stage: "verify", state: "skipped", start: 48, seconds: 0, detail: "switched off" },
    { stage: "convert", state: "failed", start: 50, seconds: 5, detail: "qcow2" },
  ],
  messages: [
    { at: 0.8, level: "info", message: "qemu-system-x86_64 7.2.22" },
    { at: 1.1, level: "warning", message: "The machine has less memory." },
  ],
  screenshots: [
    { title: "Install", screenshots: [{ at: 1.7, width: 4, height: 2, png }] },
    { title: "Boot for verification", withheld: "The screenshots are left out.", screenshots: [] },
  ],
  consoles: [
    {
      title: "Install",
      file: "install-serial.log",
      written: "2026-11-25T17:55:00.000Z",
      head: "GNU GRUB\nlive system is up",
      tail: "writing the configuration\npowering off",
      omittedBytes: 5 * MiB,
    },
  ],
  disk: {
    table: "gpt",
    partitions: [
      { number: 1, name: "bios", start: MiB, sizeBytes: MiB, health: "not checked" },
      {
        number: 2,
        start: 2 * MiB,
        sizeBytes: 64 * MiB,
        fileSystem: { type: "ext4", label: "COS_OEM" },
        health: "clean",
      },
    ],
  },
  artifacts: [
    {
      format: "qcow2",
      target: "s3://bucket/images",
      uri: "s3://bucket/images/edge-111111111111/edge-222222222222.qcow2",
      url: "https://bucket.example.com/images/edge-111111111111/edge-222222222222.qcow2",
      sizeBytes: 78_381_056,
      sha256: digest("e"),
      mediaType: "application/x-qemu-disk",
      artifactKey: digest("2"),
      encoder: "zlib 1.3",
    },
  ],
  pending: [{ format: "ova", target: "directory:images" }],
};

export const failed: Report = {
  ...report,
  error: {
    code: "install.panicked",
    what: "The installer's kernel panicked: sysrq.",
    why: "It had too little memory.",
    next: "Look at the console.",
    tail: "Kernel panic - not syncing\n---[ end ]---",
    problems: [{ path: "machine.memory", reason: "is small" }],
  },
};

/** The same report with another text in every text field. */
export function withText(value: Report, text: (original: string) => string): Report {
  const changed = (it: unknown, key: string): unknown => {
    if (typeof it === "string") return enumerated.has(key) ? it : text(it);
    if (Buffer.isBuffer(it) || typeof it !== "object" || it === null) return it;
    if (Array.isArray(it)) return it.map((member: unknown) => changed(member, key));
    return Object.fromEntries(
      Object.entries(it).map(([name, member]) => [name, changed(member, name)]),
    );
  };
  // The copy has the same shape as its source.
  return changed(value, "") as Report;
}

/** Texts of this package, which neither a guest nor a user chooses. */
const enumerated = new Set([
  ...["state", "stage", "level", "firmware", "network", "accelerator", "kind", "table", "health"],
]);
