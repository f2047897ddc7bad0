import type { dynamic } from "@pulumi/pulumi";

/**
 * The provider as it is written into state: nothing but the way to the installed package, so that an update of the
 * package changes no state, and state made by an old version runs the installed code.
 *
 * Each method stands alone: Pulumi serializes its text, and nothing around it.
 */
export const stylusImageStub: dynamic.ResourceProvider = {
  check: (olds, news) =>
    import("pulumi-stylus-image/provider").then((provider) =>
      provider.call({ resource: "StylusImage", verb: "check", arguments: [olds, news] }),
    ) as Promise<dynamic.CheckResult>,
  diff: (id, olds, news) =>
    import("pulumi-stylus-image/provider").then((provider) =>
      provider.call({ resource: "StylusImage", verb: "diff", arguments: [id, olds, news] }),
    ) as Promise<dynamic.DiffResult>,
  create: (inputs) =>
    import("pulumi-stylus-image/provider").then((provider) =>
      provider.call({ resource: "StylusImage", verb: "create", arguments: [inputs] }),
    ) as Promise<dynamic.CreateResult>,
  update: (id, olds, news) =>
    import("pulumi-stylus-image/provider").then((provider) =>
      provider.call({ resource: "StylusImage", verb: "update", arguments: [id, olds, news] }),
    ) as Promise<dynamic.UpdateResult>,
  read: (id, props) =>
    import("pulumi-stylus-image/provider").then((provider) =>
      provider.call({ resource: "StylusImage", verb: "read", arguments: [id, props] }),
    ) as Promise<dynamic.ReadResult>,
  delete: (id, props) =>
    import("pulumi-stylus-image/provider").then((provider) =>
      provider.call({ resource: "StylusImage", verb: "delete", arguments: [id, props] }),
    ) as Promise<void>,
};
