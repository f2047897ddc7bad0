import { cancelled } from "../../../base/cancellation";
import type { Send, VsphereAnswer, VsphereRequest } from "./http";

export type SessionHeaders = Readonly<Record<string, string>>;

/** How a session begins and ends. */
export interface Login {
  /** What every request of the session carries. */
  begin(signal: AbortSignal): Promise<SessionHeaders>;
  end(headers: SessionHeaders, signal: AbortSignal): Promise<void>;
}

/** Thrown by a request that the server refused because its session is over. */
export class SessionOver extends Error {
  constructor() {
    super("the session is over");
  }
}

/** Sends something within the session; where that is over, once more within a new one. */
export type InSession = <T>(
  request: (headers: SessionHeaders) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;

export type UseSession = <T>(work: (inSession: InSession) => Promise<T>) => Promise<T>;

/** Sends a request within a session; 401 says that it is over. */
export async function sendWithin(
  send: Send,
  request: VsphereRequest,
  session: SessionHeaders,
): Promise<VsphereAnswer> {
  const answer = await send({ ...request, headers: { ...request.headers, ...session } });
  if (answer.status !== 401) return answer;
  await answer.text();
  throw new SessionOver();
}

/** A login belongs to all who wait for it, and ends by itself. */
const longestLogin = 60_000;
const longestLogout = 5000;

/**
 * One session for all who work at the same time. It ends with the last of them: a server counts sessions, and keeps one
 * that nobody ended for half an hour.
 */
export function sharedSession(login: Login): UseSession {
  let users = 0;
  let current: Promise<SessionHeaders> | undefined;
  let stop = new AbortController();
  const begin = (): Promise<SessionHeaders> => {
    stop = new AbortController();
    const begun = login.begin(AbortSignal.any([AbortSignal.timeout(longestLogin), stop.signal]));
    current = begun;
    begun.catch(() => {
      if (current === begun) current = undefined;
    });
    return begun;
  };
  return async (work) => {
    users += 1;
    try {
      return await work(async (request, signal) => {
        const session = current ?? begin();
        try {
          return await request(await unlessCancelled(session, signal));
        } catch (thrown) {
          if (!(thrown instanceof SessionOver)) throw thrown;
        }
        if (current === session) current = undefined;
        return request(await unlessCancelled(current ?? begin(), signal));
      });
    } finally {
      users -= 1;
      const last = current;
      if (users === 0 && last !== undefined) {
        current = undefined;
        // One that has not even begun is wanted by nobody any more.
        stop.abort();
        await last
          .then((headers) => login.end(headers, AbortSignal.timeout(longestLogout)))
          .catch(() => undefined);
      }
    }
  };
}

function unlessCancelled<T>(wanted: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(cancelled(signal));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    wanted.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
