import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { sharePending } from "../../base/memo";

const answerSchema = z.object({
  time: z.number(),
  answer: z.object({ sha256: z.string().optional(), validator: z.string().optional() }),
});
type Answer = z.infer<typeof answerSchema>["answer"];

const lifetimeMilliseconds = 10 * 60_000;

/** Questions that this process is asking: fifty images of one installer are checked at once. */
const shareAnswer = sharePending<Answer>();

/** Asks a server, or returns its earlier answer, which is cached on disk for ten minutes under a hash of the question. */
export async function cachedAnswer(
  cacheDirectory: string,
  question: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const file = fileOf(cacheDirectory, question);
  return shareAnswer(file, () => readOrAsk(file, ask));
}

async function readOrAsk(file: string, ask: () => Promise<Answer>): Promise<Answer> {
  const cached = await read(file);
  if (cached !== undefined) return cached;
  const answer = await ask();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, JSON.stringify({ time: Date.now(), answer }), { mode: 0o600 });
  await rename(temporary, file);
  return answer;
}

/** Removes an answer that turned out to be outdated. */
export async function removeAnswer(cacheDirectory: string, question: string): Promise<void> {
  await rm(fileOf(cacheDirectory, question), { force: true });
}

function fileOf(cacheDirectory: string, question: string): string {
  const name = createHash("sha256").update(question).digest("hex");
  return join(cacheDirectory, "answers", `${name}.json`);
}

async function read(file: string): Promise<Answer | undefined> {
  try {
    const { time, answer } = answerSchema.parse(JSON.parse(await readFile(file, "utf8")));
    const age = Date.now() - time;
    return age >= 0 && age < lifetimeMilliseconds ? answer : undefined;
  } catch {
    // The file is missing or damaged: the server is asked again.
    return undefined;
  }
}
