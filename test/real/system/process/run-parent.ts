import { startChild } from "../../../../provider/system/process/child";

// Starts a child that ignores SIGHUP and the end of its input, and prints its process ID.
const child = startChild("sleep", ["1000"], { signal: new AbortController().signal });
process.stdout.write(`${child.pid ?? 0}\n`);
setInterval(() => undefined, 1000);
