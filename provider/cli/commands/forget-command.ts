import { argument, command } from "../command";
import { forgetOptions, type ForgetOptions } from "./forget-options";

export const forgetCommand = command<ForgetOptions>({
  name: "forget",
  summary: "let a Pulumi resource leave a target that will never be reachable again",
  arguments: [argument("<image>", "ID of the resource (name-0123456789ab) or install key")],
  options: forgetOptions(),
  notes: `
Nothing is removed and nothing is changed at the target. The next \`pulumi up\` or \`pulumi destroy\` on
this machine leaves the target without a removal if it still cannot be reached. If it can be
reached, the image is removed there as usual. The command prints what stays, and where.

Example:
  $ stylus-image forget edge-1a2b3c4d5e6f --to s3://images/edge`,
  run: (options, [image = ""]) => {
    const { forget } = require("./forget") as typeof import("./forget");
    return forget(image, options);
  },
});
