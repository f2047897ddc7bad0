import type { dynamic } from "@pulumi/pulumi";

/**
 * The dynamic provider of `StylusImage`, as Pulumi writes it into state. It only calls the installed package, so that an
 * update of the package does not change the state, and a state from an old version runs the installed code.
 *
 * Pulumi serializes the text of each method and nothing around it, so the methods share no code. The texts, including the
 * messages, must never change, because they are part of existing states; test/unit/sdk/stub.test.ts verifies them.
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
