import { folderUrl } from "../../schema/targets/identity";
import { Readable } from "node:stream";
import type { Place } from "../place";
import { newMark, parsePlaceId, placeFile } from "../written-place";
import { urlForName } from "./address";
import type { HttpConnection } from "./connection";
import { statusError } from "./errors";

/**
 * A folder of a web server. It has the ID that another target wrote into the same folder; none is written here, because
 * HTTP cannot create a file only if it is missing.
 */
export function httpPlace(connection: HttpConnection): Place {
  const { spec } = connection;
  const read = async (name: string, signal: AbortSignal): Promise<string | undefined> => {
    const address = urlForName(spec, name);
    const answer = await connection.get(address, {}, signal);
    if (answer.status === 200) return answer.text();
    await answer.discard();
    if (answer.status === 404 || answer.status === 410) return undefined;
    throw statusError(answer.status, `read ${address}`, spec);
  };
  const readId = async (signal: AbortSignal): Promise<string | undefined> => {
    // Many servers refuse hidden files, and some answer with a page of their own.
    const text = await read(placeFile, signal).catch(() => undefined);
    return text?.startsWith("{") === true ? parsePlaceId(text, folderUrl(spec.url)) : undefined;
  };
  return {
    kind: "files",
    readId,
    ensureId: readId,
    marks: {
      async leave(signal) {
        const mark = newMark();
        const address = urlForName(spec, mark);
        const headers = { "content-length": String(mark.length), "content-type": "text/plain" };
        const body = Readable.from([Buffer.from(mark)], { objectMode: false });
        const { status } = await connection.send("PUT", address, { headers, body, signal });
        if (status >= 200 && status < 300) return mark;
        // The folder does not exist.
        if (status === 404 || status === 409) return undefined;
        throw statusError(status, `write ${address}`, spec);
      },
      has: async (mark, signal) => (await read(mark, signal)) === mark,
      async remove(mark, signal) {
        await connection.send("DELETE", urlForName(spec, mark), { signal });
      },
    },
  };
}
