import { z } from "zod";
import { httpUrl, targetFormats, text } from "../primitives";
import { hasCredentials, publicUrl } from "./public-url";

/** An address without credentials, because it is part of outputs and records. */
const plainUrl = httpUrl
  .refine(
    (value) => !hasCredentials(value),
    'holds a user or password; give them in `headers`, such as `Authorization: "Basic ..."`, or in a `headersFile`',
  )
  .refine(
    (value) => !/[?#]/.test(value),
    "holds a query or fragment, which cannot be part of a file's address; give a token in `headers` or a `headersFile`",
  )
  .transform((value) => value.replace(/\/+$/, ""));

const headerName = /^[!#$%&'*+.^_`|~\w-]+$/;
// Tab and the printable characters of Latin-1: a line break would begin another header.
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that are sent to a server unchanged. */
export const headersSchema = z.record(z.string(), z.string()).superRefine((headers, context) => {
  for (const [name, value] of Object.entries(headers)) {
    const message = !headerName.test(name)
      ? "is not a valid header name: letters, digits and hyphens"
      : !headerValue.test(value)
        ? "holds a line break or another character that is not allowed in a header"
        : undefined;
    if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
  }
});

export const httpTarget = z.strictObject({
  type: z.literal("http"),
  /** Address of a folder that supports PUT, GET, HEAD and DELETE, without credentials. */
  url: plainUrl,
  /** Literal headers are stored in the state, as secrets; prefer a `headersFile`. */
  headers: headersSchema.optional(),
  /** File with `Name: value` lines, read at each use. A relative path resolves like that of a directory target. */
  headersFile: text.optional(),
  /** Address of the same folder for readers. */
  publicUrl: publicUrl(["{key}"]).optional(),
  createFolders: z.boolean().default(true),
  formats: targetFormats,
});
export type HttpTargetSpec = z.infer<typeof httpTarget>;
