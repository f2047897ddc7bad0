import type { KvmDevice } from "../../system/accelerator/kvm-device";
import type { Remedy, RootCommand } from "./remedy";

export function kvmRemedies(kvm: KvmDevice): Remedy[] {
  switch (kvm.state) {
    case "open":
      return [];
    case "closed":
      return [closedRemedy(kvm)];
    case "unloaded":
      return [
        remedy("The processor supports virtualization, but the kernel module is not loaded.", [
          { argv: ["modprobe", kvm.module] },
        ]),
      ];
    case "absent":
      return [
        remedy(
          "There is no /dev/kvm, and the processor does not offer virtualization. Enable it in the machine's firmware, or enable nested virtualization if this is a virtual machine. Without it QEMU emulates the processor, which is several times slower.",
        ),
      ];
  }
}

function closedRemedy({ user, group }: Extract<KvmDevice, { state: "closed" }>): Remedy {
  if (group === undefined)
    return remedy(`/dev/kvm belongs to root alone, and ${user.name} may not open it.`);
  if (!user.known || group.name === undefined)
    return remedy(
      `${user.name} may not open /dev/kvm, which belongs to the group ${group.id}. Start the container with \`--group-add ${group.id}\`.`,
    );
  if (group.hasUser)
    return remedy(
      `${user.name} is in the group ${group.name} of /dev/kvm, but this session was started before that. Log in again.`,
    );
  return remedy(
    `${user.name} may not open /dev/kvm, which belongs to the group ${group.name}. Log in again after this command.`,
    [{ argv: ["usermod", "-aG", group.name, user.name] }],
  );
}

const remedy = (why: string, commands: readonly RootCommand[] = []): Remedy => ({
  why,
  code: "host.kvm-unusable",
  commands,
});
