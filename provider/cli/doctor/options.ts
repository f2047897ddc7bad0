import { Option } from "commander";
import { jsonOption, type JsonOptions } from "../options/option";
import { checkedTargetOptions, type TargetOptions } from "../options/target";

/** With targets, only these are examined, and not this machine. */
export interface DoctorOptions extends TargetOptions, JsonOptions {
  readonly fix?: boolean;
  readonly yes?: boolean;
}

export function doctorOptions(): Option[] {
  return [
    new Option(
      "--fix",
      "print the commands that prepare this machine, and the policy that a bucket needs",
    ),
    new Option("--yes", "run these commands, with sudo unless this user is root"),
    jsonOption(),
    ...checkedTargetOptions(),
  ];
}
