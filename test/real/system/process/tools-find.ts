import { findTools } from "../../../../provider/system/process/tools";

// Looks for three tools, and prints the versions or the error's text.
void findTools(["xorriso", "flock", "mdir"], new AbortController().signal).then(
  (tools) => process.stdout.write(JSON.stringify(tools)),
  (error: unknown) => process.stdout.write(String(error)),
);
