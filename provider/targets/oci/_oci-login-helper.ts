import { z } from "zod";
import { StylusError } from "../../base/errors";
import { run } from "../../system/process/run";
import { throwIfCancelled } from "../../base/cancellation";
import type { Login } from "./auth-file";

const answerSchema = z.object({ Username: z.string(), Secret: z.string().min(1) });

/** In place of a user's name: the secret is a token for the token server. */
const tokenUser = "<token>";

/** Asks `docker-credential-NAME`, the program by which Docker reads a system's key store. */
export async function askHelper(
  helper: string,
  server: string,
  signal: AbortSignal,
): Promise<{ readonly login: Login } | { readonly login?: undefined; readonly why: string }> {
  // The file may be anybody's: nothing but a program's name on PATH is ever run.
  if (!/^[\w.-]+$/.test(helper)) return { why: "this is no name of a helper" };
  try {
    const { stdout, exitCode } = await run(`docker-credential-${helper}`, ["get"], {
      signal,
      code: "publish.denied",
      input: server,
      accepted: [0, 1],
    });
    if (exitCode !== 0) return { why: `no entry for ${server}` };
    const { Username: username, Secret: secret } = answerSchema.parse(JSON.parse(stdout));
    return {
      login: username === tokenUser ? { identityToken: secret } : { username, password: secret },
    };
  } catch (thrown) {
    throwIfCancelled(signal);
    const missing = thrown instanceof StylusError && thrown.code === "host.tool-missing";
    // What it printed may hold the secret.
    return { why: missing ? "the program is not on PATH" : "it did not answer as a helper does" };
  }
}
