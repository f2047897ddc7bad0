import { acceptedTypes, digestOf } from "./manifest";
import type { OciConnection } from "./connection";
import { readErrorResponse } from "./errors";
import type { OciImage } from "./layout";
import { isRetryable } from "../../system/http/retry";

const accept = { accept: acceptedTypes };

/** The manifest under a tag or a digest, or undefined where the registry definitely has none. */
export async function readManifest(
  connection: OciConnection,
  reference: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const doing = `read the manifest of ${reference}`;
  const to = `manifests/${reference}`;
  const answer = await connection.send({ method: "GET", to, headers: accept, signal, doing });
  if (answer.status === 200) return Buffer.from(await answer.text(), "utf8");
  const refusal = await readErrorResponse(answer);
  // A web server that is no registry says 404, too; only a registry's own words are believed.
  if (refusal.status === 404 && refusal.codes.length > 0) return undefined;
  throw connection.errorOf(refusal, doing);
}

/** The digest that a tag leads to, or undefined where there is no such tag. */
export async function digestOfTag(
  connection: OciConnection,
  tag: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const doing = `look at the tag ${tag}`;
  const to = `manifests/${tag}`;
  const answer = await connection.send({ method: "HEAD", to, headers: accept, signal, doing });
  await answer.discard();
  const digest = answer.header("docker-content-digest");
  if (answer.status === 200 && digest !== undefined) return digest;
  if (isRetryable(answer.status)) {
    throw connection.errorOf({ status: answer.status, codes: [], text: "" }, doing);
  }
  // A HEAD has no text, so its answer says no more than a number.
  const manifest = await readManifest(connection, tag, signal);
  return manifest === undefined ? undefined : digestOf(manifest);
}

/** Writes the manifest, so that the tag leads to it. */
export async function putManifest(
  connection: OciConnection,
  { manifest, mediaType, digest }: OciImage,
  tag: string,
  signal: AbortSignal,
): Promise<void> {
  const doing = `write the manifest of ${tag}`;
  const answer = await connection.send({
    method: "PUT",
    to: `manifests/${tag}`,
    headers: { "content-type": mediaType },
    body: {
      length: manifest.length,
      async *chunks() {
        yield await Promise.resolve(manifest);
      },
    },
    signal,
    doing,
  });
  if (answer.status !== 201 && answer.status !== 200)
    throw await connection.errorFrom(answer, doing);
  await answer.discard();
  const found = answer.header("docker-content-digest") ?? digest;
  if (found === digest) return;
  throw connection.errorOf(
    {
      status: answer.status,
      codes: [],
      text: `It keeps the manifest as ${found}, not as ${digest}`,
    },
    doing,
  );
}
