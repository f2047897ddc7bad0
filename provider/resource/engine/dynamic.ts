import { z } from "zod";
import { asStylusError, StylusError } from "../../base/errors";
import { detailedDiff } from "./detailed-diff";
import { engineLog } from "./log";
import { trackCall } from "./lifetime";
import type { ToldRoot } from "./project-root";
import { needsSealing, seal, sealedChange, sealLike, unseal, withIgnored } from "./sealed";
import { PartialState, type Call, type Data, type Handlers } from "../handlers";

/** A call from the stub in state: the resource, the verb, and the arguments that Pulumi's runner gave to the stub. */
export interface DynamicCall {
  readonly resource: string;
  readonly verb: string;
  readonly arguments: readonly unknown[];
}

const verbs = z.enum(["check", "diff", "create", "update", "read", "delete"]);
type Verb = z.infer<typeof verbs>;

/** Deadline of each verb, in minutes. Every call must end, because the process serves the whole stack. */
const deadlines: Record<Verb, number> = {
  check: 60,
  diff: 1,
  // Stages have their own limits; this covers the time that a build waits for others on the same host.
  create: 24 * 60,
  update: 24 * 60,
  read: 15,
  delete: 60,
};

const data = z.record(z.string(), z.unknown());
const rootInput = "__projectRoot";

/** Runs a call from Pulumi's dynamic-provider runner with the handlers of a resource. */
export async function callDynamic(
  request: DynamicCall,
  resources: Readonly<Record<string, (root: ToldRoot) => Handlers>>,
): Promise<unknown> {
  const verb = verbs.parse(request.verb);
  const properties = data.parse(request.arguments.at(-1));
  const handlers = resources[request.resource]?.(toldRoot(verb, properties));
  if (handlers === undefined) {
    throw toEngineError(
      new StylusError("internal", {
        what: `This version of pulumi-stylus-image has no resource "${request.resource}".`,
        next: "Install the version that made the resource, or a newer one.",
      }),
    );
  }
  const urn = z.string().safeParse(properties["selfUrn"]).data;
  const what = `${verb} of ${urn ?? request.resource}`;
  const lifetime = trackCall(what, { deadlineMinutes: deadlines[verb] });
  const log = engineLog(urn);
  const call: Call = { urn, log, signal: lifetime.signal };
  try {
    return await lifetime.orAbort(dispatch(handlers, verb, call, request.arguments));
  } catch (thrown) {
    throw toEngineError(withAbortReason(lifetime.signal, thrown), properties);
  } finally {
    log.end();
    lifetime.end();
  }
}

/** The sdk's input, or the output of the same name if the program is not running. */
function toldRoot(verb: Verb, properties: Data): ToldRoot {
  const told = z.string().safeParse(properties[rootInput]).data;
  return { told, isRunning: verb !== "read" && verb !== "delete" };
}

/** The outputs with the project's root from the inputs, for refresh and destroy. */
function withRoot(outputs: Data, { [rootInput]: root }: Data): Data {
  return root === undefined ? outputs : { ...outputs, [rootInput]: root };
}

async function dispatch(
  handlers: Handlers,
  verb: Verb,
  call: Call,
  args: readonly unknown[],
): Promise<unknown> {
  switch (verb) {
    case "check": {
      const [oldInputs, given] = z.tuple([data.catch({}), data]).parse(args);
      const newInputs = withIgnored(given, oldInputs);
      const request = { oldInputs: unseal(oldInputs), newInputs };
      const { inputs, problems } = await handlers.check(call, request);
      const failures = problems.map(({ path, reason }) => ({ property: path, reason }));
      return withoutUndefined({ inputs: seal(inputs, oldInputs), failures });
    }
    case "diff": {
      const [id, outputs, newInputs] = z.tuple([z.string(), data, data]).parse(args);
      const request = { id, outputs: unseal(outputs), newInputs: unseal(newInputs) };
      const result = await handlers.diff(call, request);
      result.reasons.forEach(call.log.info);
      if (result.changes || !needsSealing(outputs, newInputs)) {
        const properties = result.properties?.map((change) => sealedChange(change, newInputs));
        return detailedDiff({ ...result, ...(properties && { properties }) });
      }
      call.log.info("Secrets that a transform gave are encrypted in the state.");
      return { changes: true, replaces: result.replaces };
    }
    case "create": {
      const [inputs] = z.tuple([data]).parse(args);
      const { id, outputs } = await handlers.create(call, { inputs: unseal(inputs) });
      return withoutUndefined({ id, outs: sealLike(withRoot(outputs, inputs), inputs) });
    }
    case "update": {
      const [id, outputs, newInputs] = z.tuple([z.string(), data, data]).parse(args);
      const request = { id, outputs: unseal(outputs), newInputs: unseal(newInputs) };
      const updated = await handlers.update(call, request);
      return withoutUndefined({ outs: sealLike(withRoot(updated, newInputs), newInputs) });
    }
    case "read": {
      const [id, outputs] = z.tuple([z.string(), data]).parse(args);
      const existing = await handlers.read(call, { id, outputs: unseal(outputs) });
      // The runner expects an object with `id`; an empty id means that the resource is gone.
      if (existing === undefined) return { id: "", props: {} };
      return withoutUndefined({ id, props: sealLike(existing.outputs, outputs) });
    }
    case "delete": {
      const [id, outputs] = z.tuple([z.string(), data]).parse(args);
      await handlers.delete(call, { id, outputs: unseal(outputs) });
      return {};
    }
  }
}

/** Replaces the error of an aborted build, which says only that it was cancelled, by the reason of the abort. */
function withAbortReason(signal: AbortSignal, thrown: unknown): unknown {
  const reason: unknown = signal.reason;
  if (!(reason instanceof StylusError)) return thrown;
  if (thrown instanceof PartialState)
    return new PartialState(reason.message, thrown.existing, reason);
  const error = asStylusError(causeOf(thrown));
  return ["build.cancelled", "internal"].includes(error.code) ? reason : error;
}

/**
 * An error as the runner expects it. The runner prints the stack, so it holds the message only. For an error with an id
 * the runner prints `reasons` and saves `properties` in state.
 */
function toEngineError(thrown: unknown, properties: Data = {}): Error {
  const error = thrown instanceof PartialState ? thrown : asStylusError(causeOf(thrown));
  error.stack = error.message;
  if (!(error instanceof PartialState)) return error;
  const { id, outputs } = error.existing;
  // Without `__provider` in state the engine could never refresh or delete the resource.
  const saved = withoutUndefined({
    ...sealLike(outputs, properties),
    __provider: properties["__provider"],
    [rootInput]: properties[rootInput],
  });
  return Object.assign(error, { id, properties: saved, reasons: [error.message] });
}

/** The error to show: the cause of a wrapper such as `BuildFailure`, otherwise the error itself. */
function causeOf(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !(thrown.cause instanceof StylusError)) return thrown;
  return thrown instanceof StylusError ? thrown : thrown.cause;
}

/** Removes undefined properties at any depth, which cannot be sent to the engine. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, withoutUndefined(item)]),
  );
}
