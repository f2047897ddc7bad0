import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { run } from "../process/run";

/** Whether this user can open /dev/kvm, and why not. */
export type KvmDevice =
  | { readonly state: "open" }
  | {
      readonly state: "closed";
      /** `known` is false for a user id without a name, as in some containers. */
      readonly user: { readonly name: string; readonly known: boolean };
      /** The group whose members may open it; undefined if only root may. */
      readonly group: DeviceGroup | undefined;
    }
  /** The processor has the instructions, and the kernel's module is not loaded. */
  | { readonly state: "unloaded"; readonly module: "kvm_intel" | "kvm_amd" }
  /** Neither device nor instructions: switched off in the firmware, or a virtual machine without nesting. */
  | { readonly state: "absent" };

interface DeviceGroup {
  readonly id: number;
  readonly name: string | undefined;
  /** Whether the user is a member: then a new login has access, which this session lacks. */
  readonly hasUser: boolean;
}

const device = "/dev/kvm";
const groupMayOpen = 0o060;

export async function inspectKvm(signal: AbortSignal): Promise<KvmDevice> {
  const found = await stat(device).catch(() => undefined);
  if (found === undefined) {
    return moduleFor(await readFile("/proc/cpuinfo", "latin1").catch(() => ""));
  }
  const mayOpen = await access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (mayOpen) return { state: "open" };
  const user = currentUser();
  const forGroup = found.gid !== 0 && (found.mode & groupMayOpen) === groupMayOpen;
  const group = forGroup ? await readGroup(found.gid, user.name, signal) : undefined;
  return { state: "closed", user, group };
}

function currentUser(): { readonly name: string; readonly known: boolean } {
  try {
    return { name: userInfo().username, known: true };
  } catch {
    return { name: String(process.getuid?.() ?? "nobody"), known: false };
  }
}

export function moduleFor(processor: string): KvmDevice {
  const flags = /^flags\s*:(.*)$/m.exec(processor)?.[1]?.split(" ") ?? [];
  if (flags.includes("vmx")) return { state: "unloaded", module: "kvm_intel" };
  return flags.includes("svm") ? { state: "unloaded", module: "kvm_amd" } : { state: "absent" };
}

async function readGroup(id: number, user: string, signal: AbortSignal): Promise<DeviceGroup> {
  const next = "Look at the owner of /dev/kvm.";
  const options = { signal, code: "host.kvm-unusable", next, accepted: [0, 2] } as const;
  const { stdout } = await run("getent", ["group", String(id)], options);
  return groupIn(stdout, id, user);
}

/** Parses a line of group(5); empty if no group has that id. */
export function groupIn(line: string, id: number, user: string): DeviceGroup {
  const [name = "", , , members = ""] = line.trim().split(":");
  const hasUser = members.split(",").includes(user);
  return { id, name: name === "" ? undefined : name, hasUser };
}
