import { acceptedTypes, digestOf } from "./manifest";
import type { OciConnection } from "./connection";
import { readErrorResponse } from "./errors";
import type { OciImage } from "./layout";
import { isRetryable } from "../../system/http/retry";

const accept = { accept: acceptedTypes };

/** The manifest of a tag or digest; undefined if the registry definitely has none. */
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
  // Any web server may answer 404; only a registry sends an error code with it.
  if (refusal.status === 404 && refusal.codes.length > 0) return undefined;
  throw connection.errorOf(refusal, doing);
}

/** The digest that a tag points to; undefined if the tag does not exist. */
export async function digestOfTag(
  connection: OciConnection,
  tag: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const doing = `read the tag ${tag}`;
  const to = `manifests/${tag}`;
  const answer = await connection.send({ method: "HEAD", to, headers: accept, signal, doing });
  await answer.discard();
  const digest = answer.header("docker-content-digest");
  if (answer.status === 200 && digest !== undefined) return digest;
  if (isRetryable(answer.status)) {
    throw connection.errorOf({ status: answer.status, codes: [], text: "" }, doing);
  }
  // The response to HEAD has no body with an error code.
  const manifest = await readManifest(connection, tag, signal);
  return manifest === undefined ? undefined : digestOf(manifest);
}

/** Writes the manifest under the tag. */
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
      text: `The registry stores the manifest as ${found}, not as ${digest}`,
    },
    doing,
  );
}
