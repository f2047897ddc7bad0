/** `[ a = b ]`, `[ -n a ]`, `test a`, `true` and `false`; undefined for any other command, such as a search for a file. */
export function decide(words: readonly string[]): boolean | undefined {
  const [command, ...rest] = words;
  if (command === "true" || command === "false") return command === "true";
  if (command !== "[" && command !== "test") return undefined;
  const operands = command === "[" ? rest.slice(0, rest.lastIndexOf("]")) : rest;
  if (operands[0] === "!") {
    const inner = decide(["test", ...operands.slice(1)]);
    return inner === undefined ? undefined : !inner;
  }
  const [first = "", operator, second = ""] = operands;
  if (operands.length <= 1) return first !== "";
  if (operands.length === 2 && first === "-n") return operator !== "";
  if (operands.length === 2 && first === "-z") return operator === "";
  if (operands.length !== 3) return undefined;
  if (operator === "=" || operator === "==") return first === second;
  return operator === "!=" ? first !== second : undefined;
}
