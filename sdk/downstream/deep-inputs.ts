import * as pulumi from "@pulumi/pulumi";

type Plain = string | number | boolean | undefined;

/** The type with Pulumi inputs allowed at any depth. */
export type Inputs<T> = { readonly [K in keyof T]: InputOf<T[K]> };
type InputOf<T> = pulumi.Input<T extends Plain ? T : Inputs<T>>;

/** Whether a value contains no outputs, resources or promises. */
export function isPlain<T>(value: T | object): value is T {
  if (typeof value !== "object" || value === null) return true;
  if (pulumi.Output.isInstance(value) || pulumi.Resource.isInstance(value)) return false;
  return !(value instanceof Promise) && Object.values(value).every((it: unknown) => isPlain(it));
}

/** An output of the value with everything in it resolved. */
export function plainOutput<T>(value: object): pulumi.Output<T> {
  return pulumi.output(value).apply((it) => {
    if (isPlain<T>(it)) return it;
    throw new Error("Pulumi resolved a value that still contains outputs.");
  });
}
