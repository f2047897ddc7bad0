import type { dynamic } from "@pulumi/pulumi";

/**
 * The provider as it is written into state: nothing but the way to the installed package, so that an update of the
 * package changes no state, and state made by an old version runs the installed code.
 *
 * Each method stands alone, its message included: Pulumi serializes its text, and nothing around it. The texts are
 * final, for they stand in every state that was ever made; test/unit/sdk/stub.test.ts holds them.
 */
export const stylusImageStub: dynamic.ResourceProvider = {
  check: (olds, news) =>
    import("pulumi-stylus-image/provider").then(
      (provider) =>
        provider.call({ resource: "StylusImage", verb: "check", arguments: [olds, news] }),
      (cause: unknown) => {
        const message = `Install pulumi-stylus-image in ${process.cwd()}. ${(cause as Error).message}`;
        throw Object.assign(Error(message), { stack: "" });
      },
    ) as Promise<dynamic.CheckResult>,
  diff: (id, olds, news) =>
    import("pulumi-stylus-image/provider").then(
      (provider) =>
        provider.call({ resource: "StylusImage", verb: "diff", arguments: [id, olds, news] }),
      (cause: unknown) => {
        const message = `Install pulumi-stylus-image in ${process.cwd()}. ${(cause as Error).message}`;
        throw Object.assign(Error(message), { stack: "" });
      },
    ) as Promise<dynamic.DiffResult>,
  create: (inputs) =>
    import("pulumi-stylus-image/provider").then(
      (provider) => provider.call({ resource: "StylusImage", verb: "create", arguments: [inputs] }),
      (cause: unknown) => {
        const message = `Install pulumi-stylus-image in ${process.cwd()}. ${(cause as Error).message}`;
        throw Object.assign(Error(message), { stack: "" });
      },
    ) as Promise<dynamic.CreateResult>,
  update: (id, olds, news) =>
    import("pulumi-stylus-image/provider").then(
      (provider) =>
        provider.call({ resource: "StylusImage", verb: "update", arguments: [id, olds, news] }),
      (cause: unknown) => {
        const message = `Install pulumi-stylus-image in ${process.cwd()}. ${(cause as Error).message}`;
        throw Object.assign(Error(message), { stack: "" });
      },
    ) as Promise<dynamic.UpdateResult>,
  read: (id, props) =>
    import("pulumi-stylus-image/provider").then(
      (provider) =>
        provider.call({ resource: "StylusImage", verb: "read", arguments: [id, props] }),
      (cause: unknown) => {
        const message = `Install pulumi-stylus-image in ${process.cwd()}. ${(cause as Error).message}`;
        throw Object.assign(Error(message), { stack: "" });
      },
    ) as Promise<dynamic.ReadResult>,
  delete: (id, props) =>
    import("pulumi-stylus-image/provider").then(
      (provider) =>
        provider.call({ resource: "StylusImage", verb: "delete", arguments: [id, props] }),
      (cause: unknown) => {
        const message = `Install pulumi-stylus-image in ${process.cwd()}. ${(cause as Error).message}`;
        throw Object.assign(Error(message), { stack: "" });
      },
    ) as Promise<void>,
};
