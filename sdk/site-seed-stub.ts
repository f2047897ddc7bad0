import type { dynamic } from "@pulumi/pulumi";

/**
 * One verb of the provider, as Pulumi writes it into state (see stub.ts). The text, including the message, must never
 * change, because it is part of existing states; test/unit/sdk/stub.test.ts verifies it.
 */
const call =
  (verb: string, count: number) =>
  (...values: unknown[]): Promise<never> =>
    import("pulumi-stylus-image/provider").then(
      (provider) =>
        provider.call({ resource: "SiteSeed", verb, arguments: values.slice(0, count) }),
      (cause: unknown) => {
        const message = `Install pulumi-stylus-image in ${process.cwd()}. ${(cause as Error).message}`;
        throw Object.assign(Error(message), { stack: "" });
      },
    ) as Promise<never>;

/** The dynamic provider of `SiteSeed`, as Pulumi writes it into state. */
export const siteSeedStub: dynamic.ResourceProvider = {
  check: call("check", 2),
  diff: call("diff", 3),
  create: call("create", 1),
  update: call("update", 3),
  read: call("read", 2),
  delete: call("delete", 2),
};
