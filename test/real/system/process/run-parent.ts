import { startChild } from "../../../../provider/system/process/child";

// Starts a child that ignores hang-ups and end of input, and says its process id.
const child = startChild("sleep", ["1000"], { signal: new AbortController().signal });
process.stdout.write(`${child.pid ?? 0}\n`);
setInterval(() => undefined, 1000);
