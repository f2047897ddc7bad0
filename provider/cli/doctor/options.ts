import { Option } from "commander";
import { s3Options, type S3Options } from "../options/target";
import { grouped, jsonOption, type JsonOptions } from "../options/option";

/** The bucket is optional; at most one is examined. */
export interface DoctorOptions extends S3Options, JsonOptions {
  readonly fix?: boolean;
  readonly yes?: boolean;
  readonly to?: string;
}

export function doctorOptions(): Option[] {
  return [
    new Option(
      "--fix",
      "print the commands that prepare this machine, and the policy that a bucket needs",
    ),
    new Option("--yes", "run these commands, with sudo unless this user is root"),
    jsonOption(),
    ...grouped("A bucket that images are published to:", [
      new Option("--to <place>", "s3://bucket/prefix: check the access to it"),
      ...s3Options(),
    ]),
  ];
}
