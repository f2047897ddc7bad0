import * as pulumi from "@pulumi/pulumi";

type Plain = string | number | boolean | undefined;

/** The same with Pulumi's inputs allowed everywhere. */
export type Inputs<T> = { readonly [K in keyof T]: InputOf<T[K]> };
type InputOf<T> = pulumi.Input<T extends Plain ? T : Inputs<T>>;

/** Whether there is nothing of Pulumi's in a value, and so nothing to wait for. */
export function isPlain<T>(value: T | object): value is T {
  if (typeof value !== "object" || value === null) return true;
  if (pulumi.Output.isInstance(value) || pulumi.Resource.isInstance(value)) return false;
  return !(value instanceof Promise) && Object.values(value).every((it: unknown) => isPlain(it));
}

/** A value when everything in it is there. */
export function settled<T>(value: object): pulumi.Output<T> {
  return pulumi.output(value).apply((it) => {
    if (isPlain<T>(it)) return it;
    throw new Error("Pulumi gave a value with outputs in it.");
  });
}
