import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { BuildFailure } from "../../../../provider/hosts/host";
import { callDynamic } from "../../../../provider/resource/engine/dynamic";
import { PartialState, type Call, type Handlers } from "../../../../provider/resource/handlers";
import { StylusError } from "../../../../provider/base/errors";

const urn = "urn:pulumi:dev::p::pulumi-nodejs:dynamic/stylus-image:StylusImage::edge";
const unexpected = (): never => assert.fail("another verb was called");
const noHandlers: Handlers = {
  check: unexpected,
  diff: unexpected,
  create: unexpected,
  update: unexpected,
  read: unexpected,
  delete: unexpected,
};
const ask = (handlers: Partial<Handlers>, verb: string, ...args: readonly unknown[]) =>
  callDynamic(
    { resource: "It", verb, arguments: args },
    { It: () => ({ ...noHandlers, ...handlers }) },
  );

const rejected = async (running: Promise<unknown>): Promise<Error & Record<string, unknown>> => {
  try {
    await running;
  } catch (thrown) {
    assert.ok(thrown instanceof Error);
    return thrown as Error & Record<string, unknown>;
  }
  return assert.fail("nothing was thrown");
};

describe("callDynamic", () => {
  it("passes the inputs of check, and returns its problems as failures", async () => {
    const answer = await ask(
      {
        check: (_call, request) => {
          assert.deepEqual(request, { oldInputs: { a: 1 }, newInputs: { a: 2 } });
          return Promise.resolve({
            inputs: { a: 3 },
            problems: [{ path: "a.b[0]", reason: "is bad" }],
          });
        },
      },
      "check",
      { a: 1 },
      { a: 2 },
    );
    assert.deepEqual(answer, {
      inputs: { a: 3 },
      failures: [{ property: "a.b[0]", reason: "is bad" }],
    });
  });

  it("treats undefined old inputs as empty", async () => {
    await ask(
      {
        check: (_call, { oldInputs }) => {
          assert.deepEqual(oldInputs, {});
          return Promise.resolve({ inputs: {}, problems: [] });
        },
      },
      "check",
      undefined,
      {},
    );
  });

  it("passes diff, and returns only changes and replaces", async () => {
    const answer = await ask(
      {
        diff: (_call, request) => {
          assert.deepEqual(request, { id: "i", outputs: { o: 1 }, newInputs: { n: 1 } });
          return Promise.resolve({
            changes: true,
            replaces: ["userData"],
            reasons: ["It changed."],
          });
        },
      },
      "diff",
      "i",
      { o: 1 },
      { n: 1 },
    );
    assert.deepEqual(answer, { changes: true, replaces: ["userData"] });
  });

  it("passes create, update and delete", async () => {
    const existing = { id: "i", outputs: { o: 1 } };
    assert.deepEqual(await ask({ create: () => Promise.resolve(existing) }, "create", {}), {
      id: "i",
      outs: { o: 1 },
    });
    assert.deepEqual(
      await ask({ update: () => Promise.resolve({ o: 2 }) }, "update", "i", {}, {}),
      { outs: { o: 2 } },
    );
    assert.deepEqual(await ask({ delete: () => Promise.resolve() }, "delete", "i", {}), {});
  });

  it("returns what read found, and an empty ID if the resource is gone", async () => {
    const existing = { id: "i", outputs: { o: 1 } };
    assert.deepEqual(await ask({ read: () => Promise.resolve(existing) }, "read", "i", {}), {
      id: "i",
      props: { o: 1 },
    });
    assert.deepEqual(await ask({ read: () => Promise.resolve(undefined) }, "read", "i", {}), {
      id: "",
      props: {},
    });
  });

  it("gives the call its URN and a signal that is not aborted", async () => {
    const calls: Call[] = [];
    const create = (call: Call) => {
      calls.push(call);
      return Promise.resolve({ id: "i", outputs: {} });
    };
    await ask({ create }, "create", { selfUrn: urn });
    assert.equal(calls[0]?.urn, urn);
    assert.equal(calls[0].signal.aborted, false);
  });

  it("removes undefined at any depth, and keeps null, false and 0", async () => {
    const outputs = {
      a: undefined,
      b: [{ c: undefined, d: null, e: false, f: 0, g: "" }],
      h: { i: undefined },
    };
    assert.deepEqual(
      await ask({ create: () => Promise.resolve({ id: "i", outputs }) }, "create", {}),
      {
        id: "i",
        outs: { b: [{ d: null, e: false, f: 0, g: "" }], h: {} },
      },
    );
  });

  it("rejects an unknown verb", async () => {
    await rejected(ask({}, "explode", {}));
  });

  it("names an unknown resource and the next step", async () => {
    const error = await rejected(
      callDynamic({ resource: "Other", verb: "read", arguments: ["i", {}] }, {}),
    );
    assert.match(error.message, /has no resource "Other"\. Install the version/);
  });
});

describe("callDynamic with a call that fails", () => {
  const fault = new StylusError("install.stalled", { what: "It stalled.", next: "Look." });
  const create = (thrown: Error): Partial<Handlers> => ({
    create: () => Promise.reject(thrown),
  });

  const errors: readonly (readonly [string, Error, RegExp])[] = [
    ["a StylusError unchanged", fault, /^It stalled\. Look\. \[install\.stalled\]$/],
    ["the cause of a failed build", new BuildFailure(fault, undefined), /^It stalled/],
    [
      "a StylusError, not its cause",
      new StylusError("record.unreadable", { what: "Unreadable.", next: "Mend.", cause: fault }),
      /^Unreadable/,
    ],
    [
      "any other error as internal",
      new TypeError("x is not a function"),
      /x is not a function.*\[internal\]$/,
    ],
    ["a thrown text", "text" as unknown as Error, /An unexpected error: text\./],
  ];
  for (const [what, thrown, text] of errors) {
    it(`reports ${what}, without a stack`, async () => {
      const error = await rejected(ask(create(thrown), "create", {}));
      assert.match(error.message, text);
      assert.equal(error.stack, error.message);
      assert.equal("id" in error, false);
    });
  }

  it("returns a partial state with __provider and reasons", async () => {
    const outputs = { instance: "x", pending: [{ format: "raw" }], gone: undefined };
    const partial = new PartialState("Half of it.", { id: "edge-1", outputs }, fault);
    const error = await rejected(ask(create(partial), "create", { __provider: "code", other: 1 }));
    assert.equal(error["id"], "edge-1");
    assert.deepEqual(error["properties"], {
      instance: "x",
      pending: [{ format: "raw" }],
      __provider: "code",
    });
    assert.deepEqual(error["reasons"], ["Half of it."]);
    assert.equal(error.stack, "Half of it.");
  });

  it("takes __provider of an update from the new inputs", async () => {
    const partial = new PartialState("Half.", { id: "i", outputs: {} }, fault);
    const update = () => Promise.reject(partial);
    const error = await rejected(
      ask({ update }, "update", "i", { __provider: "old" }, { __provider: "new" }),
    );
    assert.deepEqual(error["properties"], { __provider: "new" });
  });

  it("reports why a cancelled call ended, and keeps its partial state", async () => {
    const cancelled = new StylusError("build.cancelled", { what: "Ended.", next: "Again." });
    const outputs = { instance: "x" };
    const ends: readonly Error[] = [
      new BuildFailure(cancelled, undefined),
      new PartialState("Ended.", { id: "edge-1", outputs }, cancelled),
    ];
    for (const thrown of ends) {
      const running = rejected(
        ask(
          {
            create: (call) =>
              new Promise((_, reject) =>
                call.signal.addEventListener("abort", () => reject(thrown)),
              ),
          },
          "create",
          {},
        ),
      );
      channel("http2.server.stream.start").publish({
        stream: new EventEmitter(),
        headers: { ":path": "/pulumirpc.ResourceProvider/Cancel" },
      });
      const error = await running;
      assert.match(error.message, /^The update was cancelled\. .*\[build\.cancelled\]$/);
      assert.equal(error["id"], thrown instanceof PartialState ? "edge-1" : undefined);
    }
  });
});
