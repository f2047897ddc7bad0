import { ociTargetId } from "../../schema/targets/identity";
import { resolve } from "node:path";
import type { Context } from "../../base/context";
import { describeThrown, StylusError } from "../../base/errors";
import type { OciTargetSpec } from "../../schema/targets/oci";
import { readTextSync } from "../../system/files/read-text";
import { checkRepository } from "./check-access";
import { connectRegistry } from "./connection";
import { findInRegistry } from "./find";
import { registryPlace } from "./place";
import { publishToRegistry } from "./publish";
import { removeFromRegistry } from "./remove";
import { retrieveFromRegistry } from "./retrieve";
import type { Target } from "../target";

export interface OciContext extends Pick<Context, "rootDirectory"> {
  /** Bytes of one request of an upload; 64 MiB unless given. */
  readonly chunkSize?: number;
}

/**
 * A repository of a container registry. It keeps no records: nothing there can be created atomically, and tags are for
 * people.
 */
export function ociTarget(spec: OciTargetSpec, { rootDirectory, chunkSize }: OciContext): Target {
  const { caFile } = spec;
  const authority = () =>
    caFile === undefined ? undefined : readAuthority(resolve(rootDirectory, caFile));
  const connection = connectRegistry(spec, authority, chunkSize);
  return {
    id: ociTargetId(spec),
    capabilities: { place: registryPlace(connection) },
    checkAccess: (_needs, signal) => checkRepository(connection, signal),
    find: (publication, signal) => findInRegistry(connection, publication, signal),
    publish: (artifact, options) => publishToRegistry(connection, artifact, options),
    remove: (publication, signal) => removeFromRegistry(connection, publication, signal),
    retrieve: (publication, path, options) =>
      retrieveFromRegistry(connection, publication, path, options),
  };
}

/** Read at each use, so that a renewed one is seen. */
function readAuthority(path: string): string {
  try {
    return readTextSync(path);
  } catch (thrown) {
    throw new StylusError("publish.failed", {
      what: `The target's \`caFile\` cannot be read: ${describeThrown(thrown)}.`,
      next: "Correct the path, or leave `caFile` out.",
      cause: thrown,
    });
  }
}
