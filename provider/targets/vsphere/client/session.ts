import { cancelled } from "../../../base/cancellation";
import type { Send, VsphereResponse, VsphereRequest } from "./http";

export type SessionHeaders = Readonly<Record<string, string>>;

/** Begins and ends sessions. */
export interface Login {
  /** Returns the headers of every request in the session. */
  begin(signal: AbortSignal): Promise<SessionHeaders>;
  end(headers: SessionHeaders, signal: AbortSignal): Promise<void>;
}

/** The server rejected a request because its session has ended. */
export class SessionEndedError extends Error {
  constructor() {
    super("the session has ended");
  }
}

/** Sends a request in the session, and once more in a new one if the session has ended. */
export type InSession = <T>(
  request: (headers: SessionHeaders) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;

export type UseSession = <T>(work: (inSession: InSession) => Promise<T>) => Promise<T>;

/** Sends a request in a session. Throws `SessionEndedError` for status 401. */
export async function sendWithin(
  send: Send,
  request: VsphereRequest,
  session: SessionHeaders,
): Promise<VsphereResponse> {
  const response = await send({ ...request, headers: { ...request.headers, ...session } });
  if (response.status !== 401) return response;
  await response.text();
  throw new SessionEndedError();
}

/** In milliseconds. A login has its own time limit, because several callers wait for it. */
const loginTimeout = 60_000;
const logoutTimeout = 5000;

/**
 * One session for all concurrent callers, which ends with the last of them. The number of sessions is limited, and a
 * server keeps a session that was not ended for half an hour.
 */
export function sharedSession(login: Login): UseSession {
  let users = 0;
  let current: Promise<SessionHeaders> | undefined;
  let stop = new AbortController();
  const begin = (): Promise<SessionHeaders> => {
    stop = new AbortController();
    const session = login.begin(AbortSignal.any([AbortSignal.timeout(loginTimeout), stop.signal]));
    current = session;
    session.catch(() => {
      if (current === session) current = undefined;
    });
    return session;
  };
  return async (work) => {
    users += 1;
    try {
      return await work(async (request, signal) => {
        const session = current ?? begin();
        try {
          return await request(await unlessCancelled(session, signal));
        } catch (thrown) {
          if (!(thrown instanceof SessionEndedError)) throw thrown;
        }
        if (current === session) current = undefined;
        return request(await unlessCancelled(current ?? begin(), signal));
      });
    } finally {
      users -= 1;
      const last = current;
      if (users === 0 && last !== undefined) {
        current = undefined;
        // Cancels a login that is still under way.
        stop.abort();
        await last
          .then((headers) => login.end(headers, AbortSignal.timeout(logoutTimeout)))
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
