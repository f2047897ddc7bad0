import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { run } from "./run";

/** What stands between a user and /dev/kvm. */
export type KvmDevice =
  | { readonly state: "open" }
  /** The device is there; who is in its group may open it. */
  | { readonly state: "closed"; readonly user: string; readonly group: string | undefined }
  /** The processor has the instructions, and the kernel's module is not loaded. */
  | { readonly state: "unloaded"; readonly module: "kvm_intel" | "kvm_amd" }
  /** Neither device nor instructions: switched off in the firmware, or a virtual machine without nesting. */
  | { readonly state: "absent" };

const device = "/dev/kvm";

export async function lookAtKvm(signal: AbortSignal): Promise<KvmDevice> {
  const found = await stat(device).catch(() => undefined);
  if (found === undefined) {
    return moduleFor(await readFile("/proc/cpuinfo", "latin1").catch(() => ""));
  }
  const mayOpen = await access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (mayOpen) return { state: "open" };
  return { state: "closed", user: userName(), group: await groupName(found.gid, signal) };
}

/** In a container whoever runs it may be nobody that it knows. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "nobody");
  }
}

export function moduleFor(processor: string): KvmDevice {
  const flags = /^flags\s*:(.*)$/m.exec(processor)?.[1]?.split(" ") ?? [];
  if (flags.includes("vmx")) return { state: "unloaded", module: "kvm_intel" };
  return flags.includes("svm") ? { state: "unloaded", module: "kvm_amd" } : { state: "absent" };
}

async function groupName(id: number, signal: AbortSignal): Promise<string | undefined> {
  const next = "Look at the owner of /dev/kvm.";
  const options = { signal, code: "host.kvm-unusable", next, accepted: [0, 2] } as const;
  const { stdout } = await run("getent", ["group", String(id)], options);
  const name = stdout.split(":")[0];
  return name === "" ? undefined : name;
}
