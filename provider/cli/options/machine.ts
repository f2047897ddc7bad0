import { Option } from "commander";
import { firmwares } from "../../schema/names";
import { grouped, withDefault } from "./option";

/** The virtual machine that performs the install. */
export interface MachineOptions {
  readonly firmware?: string;
  readonly secureBoot?: boolean;
  readonly diskSize?: string;
  readonly memory?: string;
  readonly cpus?: string;
  readonly network?: string;
  readonly accelerator?: string;
}

export function machineOptions(): Option[] {
  return grouped("Virtual machine:", [
    withDefault("--firmware <kind>", "firmware that the image boots with", "bios").choices(
      firmwares,
    ),
    new Option("--secure-boot", "UEFI with Secure Boot and enrolled keys"),
    withDefault("--disk-size <size>", "size of the image's disk", "100GiB"),
    withDefault("--memory <size>", "memory during the build", "8GiB, less on a small host"),
    withDefault("--cpus <n>", "CPUs during the build", "4, less on a small host"),
    withDefault(
      "--network <mode>",
      "isolated: an address, but no access to any network",
      "isolated",
    ).choices(["isolated", "user"]),
    withDefault(
      "--accelerator <kind>",
      "auto uses KVM if a test shows that it works",
      "auto",
    ).choices(["auto", "kvm", "tcg"]),
  ]);
}
