import { chooseAccelerator } from "../../../../provider/system/accelerator/choose";

// Usage: choose-in-process.ts auto|kvm CACHE. Prints the choice as JSON, or the error's text.
const [wanted, cacheDirectory = ""] = process.argv.slice(2);
void chooseAccelerator(wanted === "kvm" ? "kvm" : "auto", {
  qemuPath: "qemu-system-x86_64",
  qemuVersion: "test",
  cacheDirectory,
  signal: new AbortController().signal,
}).then(
  (choice) => process.stdout.write(JSON.stringify(choice)),
  (error: unknown) => process.stdout.write(String(error)),
);
