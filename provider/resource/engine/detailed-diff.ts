import { createRequire } from "node:module";
import { lazy } from "../../base/memo";
import type { DiffResult } from "../handlers";

type Messages = typeof import("@pulumi/pulumi/proto/provider_pb");

/** The answer to `diff`, as Pulumi's runner reads it. */
interface RunnerDiff {
  readonly changes: boolean;
  readonly replaces: readonly string[];
}

let answered: DiffResult | undefined;

/**
 * The answer to `diff` with the changed properties, so that a preview shows these and nothing else. Without them the engine
 * compares the former outputs with the new inputs, and shows every one of them as changed.
 *
 * Pulumi's runner does not pass them on: it reads `changes`, and then writes that into the engine's message. At that moment
 * they are added to the message. If a version of the runner works in another way, the preview shows more than it should.
 */
export function detailedDiff(result: DiffResult): RunnerDiff {
  const { changes, replaces, properties = [] } = result;
  if (!changes || properties.length === 0 || !isPrepared()) return { changes, replaces };
  return {
    replaces,
    get changes() {
      answered = result;
      return changes;
    },
  };
}

/** Whether the runner's messages could be extended. */
const isPrepared = lazy((): boolean => {
  try {
    // The runner's own copy: a package may have another one.
    const requireAsRunner = createRequire(process.argv[1] ?? "");
    extend(requireAsRunner("../../proto/provider_pb") as Messages);
    return true;
  } catch {
    return false;
  }
});

function extend({ DiffResponse, PropertyDiff }: Messages): void {
  const { Kind } = PropertyDiff;
  const kinds = { add: Kind.ADD, delete: Kind.DELETE, update: Kind.UPDATE } as const;
  const replacing = {
    add: Kind.ADD_REPLACE,
    delete: Kind.DELETE_REPLACE,
    update: Kind.UPDATE_REPLACE,
  } as const;
  const { prototype } = DiffResponse;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the message below
  const { setChanges } = prototype;
  prototype.setChanges = function (value) {
    const { properties = [], replaces = [] } = answered ?? {};
    answered = undefined;
    if (properties.length > 0) this.setHasdetaileddiff(true);
    for (const { path, kind, of } of properties) {
      const isReplaced = replaces.includes(path.replace(/[.[].*/s, ""));
      const change = new PropertyDiff();
      change.setKind((isReplaced ? replacing : kinds)[kind]);
      change.setInputdiff(of !== "outputs");
      this.getDetaileddiffMap().set(path, change);
    }
    return setChanges.call(this, value);
  };
}
