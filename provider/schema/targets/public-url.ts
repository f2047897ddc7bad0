import { z } from "zod";
import { httpUrl } from "../primitives";

/** Address that others read from: a base URL, or a template with these placeholders. It is part of outputs and records. */
export function publicUrl(placeholders: readonly string[]) {
  return z
    .string()
    .superRefine((value, context) => {
      const filled = placeholders.reduce((url, name) => url.replaceAll(name, "x"), value);
      const message = !httpUrl.safeParse(filled.replace(/[{}]/g, "")).success
        ? "must be an http or https URL"
        : /[{}]/.test(filled)
          ? `has another placeholder than ${placeholders.join(" and ")}`
          : hasCredentials(filled)
            ? "holds a user or password, which would be visible in the outputs"
            : /[?#]/.test(filled)
              ? "holds a query or fragment, which cannot be part of a file's address"
              : undefined;
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .transform((value) => value.replace(/\/+$/, ""));
}

export function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== "" || password !== "";
}
