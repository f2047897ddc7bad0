import { command } from "../command";
import { doctorOptions, type DoctorOptions } from "./options";

export const doctorCommand = command<DoctorOptions>({
  name: "doctor",
  summary: "check whether this machine can build images, and what is missing",
  options: doctorOptions(),
  notes: `
Examples:
  $ stylus-image doctor --fix              prints the commands that are needed
  $ stylus-image doctor --fix --yes        runs them, and checks again
  $ stylus-image doctor --fix --to s3://images/edge
                                           prints the policy that the bucket needs`,
  run: (options) => {
    const { doctor } = require("./doctor") as typeof import("./doctor");
    return doctor(options);
  },
});
