/**
 * Disables stack traces until the returned function is called. Pulumi captures four for each property of a resource, only
 * to report leaked promises; with ts-node's source maps they take more time than the rest of the constructor. The source
 * positions that the engine shows do not depend on them.
 */
export function stopStackTraces(): () => void {
  const limit = Error.stackTraceLimit;
  if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"] === undefined) Error.stackTraceLimit = 0;
  return () => {
    Error.stackTraceLimit = limit;
  };
}
