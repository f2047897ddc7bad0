import type { dynamic } from "@pulumi/pulumi";

/**
 * Each verb as it is written into state: nothing but the way to the installed package (see stub.ts). The text is final,
 * its message included, for it stands in every state that was ever made; test/unit/sdk/stub.test.ts holds it.
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

/** The provider of a `SiteSeed` as it is written into state. */
export const siteSeedStub: dynamic.ResourceProvider = {
  check: call("check", 2),
  diff: call("diff", 3),
  create: call("create", 1),
  update: call("update", 3),
  read: call("read", 2),
  delete: call("delete", 2),
};
