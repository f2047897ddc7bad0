import { z } from "zod";
import { formatNames } from "./names";

/** Text that is not empty. */
export const text = z.string().min(1);
export const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, "must be a SHA-256: 64 hexadecimal digits")
  .transform((value) => value.toLowerCase());
export const httpUrl = z
  .string()
  .refine(
    (value) => /^https?:\/\//i.test(value) && URL.canParse(value),
    "must be an http or https URL",
  );
/** The formats that a target accepts. Default: all. */
export const targetFormats = z.array(z.enum(formatNames)).min(1).optional();
