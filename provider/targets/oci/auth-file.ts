import { z } from "zod";
import { describeThrown } from "../../base/errors";
import { isMissing } from "../../system/files/errors";
import { readText } from "../../system/files/read-text";

/** How to log in: as a user, or with a token that a token server takes in place of one. */
export type Login =
  { readonly username: string; readonly password: string } | { readonly identityToken: string };

const entry = z
  .object({
    auth: z.string().default(""),
    username: z.string().default(""),
    password: z.string().default(""),
    identitytoken: z.string().default(""),
  })
  .transform(({ auth, username, password, identitytoken }): Login | undefined => {
    if (identitytoken !== "") return { identityToken: identitytoken };
    if (username !== "" && password !== "") return { username, password };
    const pair = Buffer.from(auth, "base64").toString("utf8");
    const colon = pair.indexOf(":");
    // Docker pads with NUL.
    if (colon < 1) return undefined;
    const secret = pair.slice(colon + 1).replace(/\0+$/, "");
    return { username: pair.slice(0, colon), password: secret };
  });

/** The text of Docker's `config.json`, or of the `auth.json` of Podman and skopeo. */
export const loginFileSchema = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue("not JSON");
      return z.NEVER;
    }
  })
  .pipe(
    z.object({
      auths: z.record(z.string(), entry).default({}),
      credHelpers: z.record(z.string(), z.string()).default({}),
      credsStore: z.string().min(1).optional(),
    }),
  );
export type LoginFile = z.infer<typeof loginFileSchema>;

/** The file's text, or why there is none. */
export async function readLoginFile(path: string): Promise<string | { readonly why: string }> {
  try {
    return await readText(path);
  } catch (thrown) {
    return { why: isMissing(thrown) ? "not there" : describeThrown(thrown) };
  }
}
