import { newMark } from "../written-place";
import type { Place } from "../place";
import type { OciConnection } from "./connection";
import { bufferBlob } from "./manifest";
import { hasBlob, pushBlob } from "./push";

/**
 * A repository. It can keep no ID, because a tag would be visible to everybody. A mark is a blob that no manifest refers
 * to; a registry that cannot delete blobs removes it at its next garbage collection.
 */
export function registryPlace(connection: OciConnection): Place {
  const { registry } = connection;
  const blobOf = (mark: string) => bufferBlob(Buffer.from(mark));
  return {
    kind: "registry",
    address: () => Promise.resolve({ server: registry.origin, path: registry.name }),
    readId: () => Promise.resolve(undefined),
    ensureId: () => Promise.resolve(undefined),
    marks: {
      async leave(signal) {
        const mark = newMark();
        await pushBlob(connection, blobOf(mark), { signal, onSent: () => undefined });
        return mark;
      },
      has: (mark, signal) => hasBlob(connection, blobOf(mark), signal),
      async remove(mark, signal) {
        const { digest } = blobOf(mark);
        const doing = `remove ${digest}`;
        const to = `blobs/${digest}`;
        const answer = await connection.send({ method: "DELETE", to, signal, doing });
        await answer.discard();
      },
    },
  };
}
