import { execa } from "execa";
import { z } from "zod";

/** What yip or kairos-agent decodes at one place of a cloud-config, from their Go types. */
export type Field =
  | { readonly kind: "text" | "boolean" | "integer" | "unsigned" | "reference" }
  | { readonly kind: "list" | "map"; readonly of: Field }
  | { readonly kind: "fields"; readonly fields: Readonly<Record<string, Field>> };

const field: z.ZodType<Field> = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.object({ kind: z.enum(["text", "boolean", "integer", "unsigned", "reference"]) }),
    z.object({ kind: z.enum(["list", "map"]), of: field }),
    z.object({ kind: z.literal("fields"), fields: z.record(z.string(), field) }),
  ]),
);

const readers = z.object({ agent: field, cloudConfig: field, yip: field, install: field });

/** What each reader of a cloud-config knows; see tools/installer-oracle/fields.go. */
export type Readers = z.infer<typeof readers>;

/** Every key that yip or kairos-agent reads, with its type. */
export async function knownFields(): Promise<Readers> {
  const { stdout } = await execa("installer-oracle", ["fields"]);
  return readers.parse(JSON.parse(stdout));
}

/** A cloud-config with all keys that any of them reads. */
export function everyField({ agent, cloudConfig, yip, install }: Readers): Field {
  const fields = { ...fieldsIn(agent), ...fieldsIn(cloudConfig), ...fieldsIn(yip) };
  const both = { ...fieldsIn(fields["install"]), ...fieldsIn(install) };
  return { kind: "fields", fields: { ...fields, install: { kind: "fields", fields: both } } };
}

function fieldsIn(field: Field | undefined): Readonly<Record<string, Field>> {
  return field?.kind === "fields" ? field.fields : {};
}
