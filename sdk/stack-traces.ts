/**
 * Stops stack traces until the function that it gives is called. Pulumi takes four for each property of a resource,
 * which only its own search for leaked promises shows, and under ts-node's source maps they cost a program more than
 * everything else that it does for an image. The positions in the source that the engine shows do not depend on it.
 */
export function stopStackTraces(): () => void {
  const limit = Error.stackTraceLimit;
  if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"] === undefined) Error.stackTraceLimit = 0;
  return () => {
    Error.stackTraceLimit = limit;
  };
}
