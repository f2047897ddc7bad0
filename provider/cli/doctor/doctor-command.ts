import { command } from "../command";
import { doctorOptions, type DoctorOptions } from "./options";

export const doctorCommand = command<DoctorOptions>({
  name: "doctor",
  summary: "check whether this machine can build images, or targets can be published to",
  options: doctorOptions(),
  notes: `
Examples:
  $ stylus-image doctor --fix              prints the commands that are needed
  $ stylus-image doctor --fix --yes        runs them, and checks again
  $ stylus-image doctor --to ./images --to s3://images/edge --to oci://registry.example.com/team/edge
                                           asks these targets whether they can be published to, as a
                                           build does before it begins; nothing is changed there
  $ stylus-image doctor --fix --to s3://images/edge
                                           prints the policy that the bucket needs

With --to, only the targets are checked, and not this machine.`,
  run: (options) => {
    const { doctor } = require("./doctor") as typeof import("./doctor");
    return doctor(options);
  },
});
