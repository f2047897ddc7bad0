import type { KvmDevice } from "../../system/accelerator/kvm-device";
import type { Remedy, RootCommand } from "./remedies";

export function kvmRemedies(kvm: KvmDevice): Remedy[] {
  switch (kvm.state) {
    case "open":
      return [];
    case "closed":
      return [closedRemedy(kvm)];
    case "unloaded":
      return [
        remedy("The processor can run virtual machines, and the kernel's module is not loaded.", [
          { argv: ["modprobe", kvm.module] },
        ]),
      ];
    case "absent":
      return [
        remedy(
          "There is no /dev/kvm, and the processor offers none: switch virtualisation on in the firmware, or nesting where this is a virtual machine. Without it, QEMU's translator does the work, several times slower.",
        ),
      ];
  }
}

function closedRemedy({ user, group }: Extract<KvmDevice, { state: "closed" }>): Remedy {
  if (group === undefined)
    return remedy(`/dev/kvm belongs to root alone, and ${user.name} may not open it.`);
  if (!user.known || group.name === undefined)
    return remedy(
      `${user.name} may not open /dev/kvm, which is for the group ${group.id}. A container gets that group by \`--group-add ${group.id}\`.`,
    );
  if (group.hasUser)
    return remedy(
      `${user.name} is in the group ${group.name}, for which /dev/kvm is, and this session is older than that: log in again.`,
    );
  return remedy(
    `${user.name} may not open /dev/kvm, which is for the group ${group.name}; it counts from the next login on.`,
    [{ argv: ["usermod", "-aG", group.name, user.name] }],
  );
}

const remedy = (why: string, commands: readonly RootCommand[] = []): Remedy => ({
  why,
  code: "host.kvm-unusable",
  commands,
});
