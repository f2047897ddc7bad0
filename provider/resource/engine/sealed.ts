import { holdsUnknown, unknownValue } from "../../schema/parse";
import { digestOfSecrets, ignoredMark, inputsWithSecrets } from "../../schema/secret-inputs";
import type { Data, PropertyChange } from "../handlers";

/**
 * `sealed` is an input and an output that is secret as a whole. The sdk fills it with digests of the secrets that it marked,
 * one for each input. A transform of the program (`registerResourceTransform`, `registerStackTransformation`, the options
 * `transforms` and `transformations`) runs after that and may change or add secrets that nothing marks; the engine would
 * keep them in plain text. `check` cannot mark a value, so it moves the whole input into `sealed`, and every other verb
 * reads it from there.
 */
const property = "sealed";

/** An input in `sealed`, in place of the digest. */
interface Moved {
  readonly value: unknown;
}

/** Inputs or outputs with the moved values in their own places. */
export function unseal(data: Data): Data {
  const moved = Object.entries(sealedIn(data)).flatMap(([name, member]) =>
    isMoved(member) ? [[name, member.value] as const] : [],
  );
  return { ...data, ...Object.fromEntries(moved) };
}

/**
 * The new inputs of `check` with the values that the option `ignoreChanges` keeps. The engine takes these from the old
 * inputs; where it finds none, because they were moved, it removes the new value.
 */
export function withIgnored(newInputs: Data, oldInputs: Data): Data {
  const old = sealedIn(oldInputs);
  const kept = Object.entries(sealedIn(newInputs)).flatMap(([name, mark]) => {
    const member = old[name];
    const isRemoved = newInputs[name] === undefined && mark !== "";
    return isMoved(member) && (isRemoved || isIgnored(mark)) ? [[name, member.value] as const] : [];
  });
  return { ...newInputs, ...Object.fromEntries(kept) };
}

/** The result of `check`, with each input moved into `sealed` that contains secrets which the sdk did not mark. */
export function seal(inputs: Data, oldInputs: Data): Data {
  // An older sdk has no `sealed`.
  if (inputs[property] === undefined) return inputs;
  const marks = sealedIn(inputs);
  const names = inputsWithSecrets.filter(
    (name) =>
      !isMarked(name, inputs[name], marks[name]) && !isKept(name, marks[name], inputs, oldInputs),
  );
  return moved(inputs, names);
}

/** The outputs of a resource, with the same values moved as in its inputs or its former outputs. */
export function sealLike(outputs: Data, model: Data): Data {
  const names = Object.entries(sealedIn(model)).flatMap(([name, member]) =>
    isMoved(member) && outputs[name] !== undefined ? [name] : [],
  );
  return names.length === 0 ? outputs : moved({ ...outputs, [property]: {} }, names);
}

/** The changed property of the inputs, where it stands if it is moved. */
export function sealedChange(change: PropertyChange, inputs: Data): PropertyChange {
  const name = change.path.replace(/[.[].*/s, "");
  if (change.of === "outputs" || !isMoved(sealedIn(inputs)[name])) return change;
  return { path: `${property}.${name}`, kind: "update" };
}

/** Whether outputs hold a value in plain text that is moved in the inputs: an earlier version wrote them. */
export function needsSealing(outputs: Data, inputs: Data): boolean {
  return Object.entries(sealedIn(inputs)).some(
    ([name, member]) => isMoved(member) && outputs[name] !== undefined,
  );
}

function moved(data: Data, names: readonly string[]): Data {
  const kept = Object.entries(data).filter(([name]) => !names.includes(name));
  const values = names.map((name): [string, Moved] => [name, { value: data[name] }]);
  const sealed = { ...sealedIn(data), ...Object.fromEntries(values) };
  return { ...Object.fromEntries(kept), [property]: sealed };
}

/** Whether the sdk marked the secrets of an input. */
function isMarked(name: string, value: unknown, mark: unknown): boolean {
  // Unknown until `up`, and so is the digest.
  if (mark === unknownValue && holdsUnknown(value)) return true;
  const secrets = digestOfSecrets(name, value);
  return secrets === "" || secrets === mark || `${ignoredMark}${secrets}` === mark;
}

/** Whether the engine took the value from the old inputs, with its marks, because of `ignoreChanges`. */
function isKept(name: string, mark: unknown, inputs: Data, oldInputs: Data): boolean {
  // A program that gave the value before and now lets a transform give it has an empty mark.
  if (mark === "" || oldInputs[property] === undefined || oldInputs[name] === undefined)
    return false;
  return digestOfSecrets(name, inputs[name]) === digestOfSecrets(name, oldInputs[name]);
}

function isIgnored(mark: unknown): boolean {
  return typeof mark === "string" && mark.startsWith(ignoredMark);
}

function sealedIn(data: Data): Data {
  const value = data[property];
  return isData(value) ? value : {};
}

function isMoved(value: unknown): value is Moved {
  return isData(value) && "value" in value;
}

function isData(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
