import { argument, command } from "../command";
import { progressOptions } from "../options/progress";
import { publishOptions, type PublishOptions } from "./options";

export const publishCommand = command<PublishOptions>({
  name: "publish",
  summary: "publish existing files; nothing is installed or converted",
  arguments: [argument("<files...>", "images, made by any tool")],
  options: [...publishOptions(), ...progressOptions()],
  notes: `
Example:
  $ stylus-image publish out/edge.vmdk out/edge.qcow2 --to ./images --to s3://images/edge
  Published names contain a hash of the content, so no file is ever overwritten, and a file that is
  published again is not sent again. The output includes the command that removes it.

No Pulumi resource owns these files: \`pulumi refresh\` does not check them, and no newer image
replaces them. To check that a file is still there and unchanged, publish it again.`,
  run: (options, files) => {
    const { publish } = require("./publish") as typeof import("./publish");
    return publish(files, options);
  },
});
