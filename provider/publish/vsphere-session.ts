import { cancelled } from "../system/run-cancelled";

export type SessionHeaders = Readonly<Record<string, string>>;

/** How a session begins and ends. */
export interface Login {
  /** What every request of the session carries. */
  begin(signal: AbortSignal): Promise<SessionHeaders>;
  end(headers: SessionHeaders, signal: AbortSignal): Promise<void>;
}

/** Thrown by a request that the server refused because its session is over. */
export class SessionOver extends Error {}

/** Sends something within the session; where that is over, once more within a new one. */
export type InSession = <T>(request: (headers: SessionHeaders) => Promise<T>) => Promise<T>;

export type UseSession = <T>(
  signal: AbortSignal,
  work: (inSession: InSession) => Promise<T>,
) => Promise<T>;

/** A login belongs to all who wait for it, and ends by itself. */
const longestLogin = 60_000;
const longestLogout = 10_000;

/**
 * One session for all who work at the same time. It ends with the last of them: a server counts sessions, and keeps one
 * that nobody ended for half an hour.
 */
export function sharedSession(login: Login): UseSession {
  let users = 0;
  let current: Promise<SessionHeaders> | undefined;
  const begin = (): Promise<SessionHeaders> => {
    const begun = login.begin(AbortSignal.timeout(longestLogin));
    current = begun;
    begun.catch(() => {
      if (current === begun) current = undefined;
    });
    return begun;
  };
  return async (signal, work) => {
    users += 1;
    try {
      return await work(async (request) => {
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
