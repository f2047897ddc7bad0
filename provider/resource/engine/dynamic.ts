import { z } from "zod";
import { asStylusError, StylusError } from "../../base/errors";
import { engineLog } from "./log";
import { followEngine } from "./lifetime";
import { PartialState, type Call, type Data, type Handlers } from "../handlers";

/** What the stub in state sends: which resource, which verb, and the runner's own arguments. */
export interface DynamicCall {
  readonly resource: string;
  readonly verb: string;
  readonly arguments: readonly unknown[];
}

const verbs = z.enum(["check", "diff", "create", "update", "read", "delete"]);
type Verb = z.infer<typeof verbs>;

/** Every call ends: the provider process serves the whole stack. Minutes. */
const deadlines: Record<Verb, number> = {
  check: 60,
  diff: 1,
  // Each stage has its own limit; this one is for what waits for its turn on a busy host.
  create: 24 * 60,
  update: 24 * 60,
  read: 15,
  delete: 60,
};

const data = z.record(z.string(), z.unknown());

/** Adapts Pulumi's dynamic-provider runner to the handlers of a resource. */
export async function callDynamic(
  request: DynamicCall,
  resources: Readonly<Record<string, () => Handlers>>,
): Promise<unknown> {
  const verb = verbs.parse(request.verb);
  const handlers = resources[request.resource]?.();
  if (handlers === undefined) {
    throw plain(
      new StylusError("internal", {
        what: `This version of pulumi-stylus-image has no resource "${request.resource}".`,
        next: "Install the version that made the resource, or a newer one.",
      }),
    );
  }
  const properties = data.parse(request.arguments.at(-1));
  const urn = z.string().safeParse(properties["selfUrn"]).data;
  const what = `${verb} of ${urn ?? request.resource}`;
  const life = followEngine(what, { deadlineMinutes: deadlines[verb] });
  const log = engineLog(urn);
  const call: Call = { urn, log, signal: life.signal };
  try {
    return withoutUndefined(await life.orEnd(dispatch(handlers, verb, call, request.arguments)));
  } catch (thrown) {
    throw plain(becauseOf(life.signal, thrown), properties);
  } finally {
    log.end();
    life.end();
  }
}

async function dispatch(
  handlers: Handlers,
  verb: Verb,
  call: Call,
  args: readonly unknown[],
): Promise<unknown> {
  switch (verb) {
    case "check": {
      const [oldInputs, newInputs] = z.tuple([data.catch({}), data]).parse(args);
      const { inputs, problems } = await handlers.check(call, { oldInputs, newInputs });
      const failures = problems.map(({ path, reason }) => ({ property: path, reason }));
      return { inputs, failures };
    }
    case "diff": {
      const [id, outputs, newInputs] = z.tuple([z.string(), data, data]).parse(args);
      const { changes, replaces, reasons } = await handlers.diff(call, { id, outputs, newInputs });
      reasons.forEach(call.log.info);
      return { changes, replaces };
    }
    case "create": {
      const [inputs] = z.tuple([data]).parse(args);
      const { id, outputs } = await handlers.create(call, { inputs });
      return { id, outs: outputs };
    }
    case "update": {
      const [id, outputs, newInputs] = z.tuple([z.string(), data, data]).parse(args);
      return { outs: await handlers.update(call, { id, outputs, newInputs }) };
    }
    case "read": {
      const [id, outputs] = z.tuple([z.string(), data]).parse(args);
      const existing = await handlers.read(call, { id, outputs });
      // The runner reads `id` of whatever it gets; an empty one means gone.
      return existing === undefined ? { id: "", props: {} } : { id, props: existing.outputs };
    }
    case "delete": {
      const [id, outputs] = z.tuple([z.string(), data]).parse(args);
      await handlers.delete(call, { id, outputs });
      return {};
    }
  }
}

/** A build that was told to end says only that it was; the signal says why. */
function becauseOf(signal: AbortSignal, thrown: unknown): unknown {
  const reason: unknown = signal.reason;
  if (!(reason instanceof StylusError)) return thrown;
  if (thrown instanceof PartialState)
    return new PartialState(reason.message, thrown.existing, reason);
  const fault = asStylusError(causeOf(thrown));
  return ["build.cancelled", "internal"].includes(fault.code) ? reason : fault;
}

/** The runner prints stacks, and shows `reasons` instead of the message where there is an id. */
function plain(thrown: unknown, properties: Data = {}): Error {
  const error = thrown instanceof PartialState ? thrown : asStylusError(causeOf(thrown));
  error.stack = error.message;
  if (!(error instanceof PartialState)) return error;
  const { id, outputs } = error.existing;
  // Without `__provider` the resource could never be refreshed or deleted again.
  const saved = withoutUndefined({ ...outputs, __provider: properties["__provider"] });
  return Object.assign(error, { id, properties: saved, reasons: [error.message] });
}

/** A failed build only wraps what says why; any other error of ours speaks for itself. */
function causeOf(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !(thrown.cause instanceof StylusError)) return thrown;
  return thrown instanceof StylusError ? thrown : thrown.cause;
}

/** `undefined`, even nested, cannot be sent to the engine. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, withoutUndefined(item)]),
  );
}
