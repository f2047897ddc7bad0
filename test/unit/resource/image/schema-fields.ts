import { z } from "zod";

/** All leaves of the schema without list indices: `machine.cpus`, `publishTo.bucket`. */
export function fieldsOf(schema: z.core.$ZodType, at: string): string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, member]) =>
      fieldsOf(member as z.core.$ZodType, at === "" ? key : `${at}.${key}`),
    );
  }
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return fieldsOf(schema.unwrap(), at);
  }
  if (schema instanceof z.ZodPipe) {
    return fieldsOf(schema.in instanceof z.ZodTransform ? schema.out : schema.in, at);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    return schema.options.flatMap((option) => fieldsOf(option, at));
  }
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodType) {
    const inner = fieldsOf(schema.element, at);
    return inner.length > 1 || inner[0] !== at ? inner : [at];
  }
  return [at];
}
