import type { InputProblem } from "../../../../../provider/base/errors";
import type { JsonMap } from "../../../../../provider/base/json";
import { generateUserData } from "../../../../../provider/plan/user-data/generate";
import type { Part } from "../../../../../provider/plan/user-data/part";
import { renderConfig } from "../../../../../provider/plan/user-data/write-yaml";
import { makeDocument } from "./documents";
import type { Readers } from "./fields";
import type { Question } from "./oracle";
import { Random } from "./random";
import { writeText } from "./written";

export interface Case {
  readonly id: string;
  /** What a user gives. */
  readonly userData: string | JsonMap;
  readonly made: Part;
  readonly problems: readonly InputProblem[];
  /** The user-data as it would reach the installer without this product. */
  readonly raw: string;
}

const users = [{ name: "admin", passwordHash: `$6$saltsaltsaltsalt$${"a".repeat(86)}` }];

/** The same cases for the same seed. Every fourth one is a text; half of the others have `users`. */
export function makeCases(count: number, seed: number, known: Readers): readonly Case[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => {
    const document = makeDocument(known, random);
    const isText = index % 4 === 3;
    const userData = isText ? writeText(document, random) : document;
    const given = !isText && random.happens(0.5) ? { users } : {};
    const made = generateUserData({ reader: "kairos", singleHost: false, userData, ...given });
    const raw = typeof userData === "string" ? withHeader(userData) : renderConfig(userData);
    return { id: `${seed}/${index}`, userData, made, problems: made.problems, raw };
  });
}

function withHeader(text: string): string {
  return text.startsWith("#cloud-config") ? text : `#cloud-config\n${text}`;
}

/** What the ISO of an installer brings along. */
const others = [
  renderConfig({
    install: { bind_mounts: ["/var/lib/vendor"], grub_options: { extra_cmdline: "quiet" } },
    stages: { initramfs: [{ name: "Vendor", commands: ["date"] }], boot: [{ commands: ["date"] }] },
  }),
];

/** Accepted user-data is judged as it is rendered; refused user-data as it was given. A text is judged both ways. */
export function questionsOf({ id, userData, made, problems, raw }: Case): readonly Question[] {
  const rendered = { id, text: renderConfig(made.document), others };
  const given = { id: `${id} as given`, text: raw, others };
  if (problems.length > 0) return [given];
  return typeof userData === "string" ? [rendered, given] : [rendered];
}
