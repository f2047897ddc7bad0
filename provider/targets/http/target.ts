import { folderUrl } from "../../schema/targets/identity";
import type { Context } from "../../base/context";
import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { type HttpTargetSpec } from "../../schema/targets/http";
import { orUnreachable, presentOrAltered } from "../find-result";
import { publicationUrl } from "./address";
import { checkHttpServer } from "./check-access";
import { connectHttp, type HttpConnection } from "./connection";
import { statusError } from "./errors";
import { difference, headFile } from "./head";
import { httpPlace } from "./place";
import { publishToHttp } from "./publish";
import { httpReadUrl } from "../public-url";
import { retrieveFromHttp } from "./retrieve";
import type { FindResult } from "../find-result";
import { absentResult, alteredResult, removedResult, type RemoveResult } from "../remove-result";
import type { Target } from "../target";

/** A web server that accepts PUT: WebDAV, an artifact repository, nginx. HTTP cannot list files, so there are no records. */
export function httpTarget(
  spec: HttpTargetSpec,
  { rootDirectory }: Pick<Context, "rootDirectory">,
): Target {
  const connection = connectHttp(spec, rootDirectory);
  const id = folderUrl(spec.url);
  return {
    id,
    capabilities: {
      addresses: {
        addressOf: ({ uri }) => Promise.resolve({ uri, url: httpReadUrl(spec, uri) }),
      },
      place: httpPlace(connection),
    },
    checkAccess: (needs, signal) => checkHttpServer(connection, needs, signal),
    find: (publication, signal) => findAtHttp(connection, publication, signal),
    publish: (artifact, options) => publishToHttp(connection, artifact, options),
    remove: (publication, signal) => removeFromHttp(connection, publication, signal),
    retrieve: (publication, path, options) =>
      retrieveFromHttp(connection, publication, path, options),
  };
}

/** Looks for a publication. Only 404 and 410 mean absent. */
async function findAtHttp(
  connection: HttpConnection,
  publication: Publication,
  signal: AbortSignal,
): Promise<FindResult> {
  const address = publicationUrl(connection.spec, publication.uri);
  return orUnreachable(signal, async () => {
    const remote = await headFile(connection, address, signal);
    if (remote === "absent") return { state: "absent" };
    return presentOrAltered(publication, difference(remote, publication));
  });
}

/** Removes our file. A foreign file under its name stays; so does the folder, because DELETE would remove its content too. */
async function removeFromHttp(
  connection: HttpConnection,
  publication: Publication,
  signal: AbortSignal,
): Promise<RemoveResult> {
  const address = publicationUrl(connection.spec, publication.uri);
  const remote = await headFile(connection, address, signal);
  if (remote === "absent") return absentResult;
  if (difference(remote, publication) !== undefined) return alteredResult(address);
  const { status } = await connection.send("DELETE", address, { signal });
  if (status >= 200 && status < 300) return removedResult;
  if (status === 404 || status === 410) return absentResult;
  if (status !== 403 && status !== 405 && status !== 501) {
    throw statusError(status, `remove ${address}`, connection.spec);
  }
  throw new StylusError("publish.denied", {
    what: `Cannot remove ${address}: the server answered ${status}.`,
    why: "The server does not permit DELETE, or not with these credentials.",
    next: "Allow DELETE there (nginx: `dav_methods PUT DELETE`), or remove the file on the server, and run again.",
  });
}
