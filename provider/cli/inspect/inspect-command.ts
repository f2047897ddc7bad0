import { argument, command } from "../command";
import { jsonOption, type JsonOptions } from "../options/option";

export const inspectCommand = command<JsonOptions>({
  name: "inspect",
  summary: "show the contents of an installer ISO, an image or a record",
  arguments: [
    argument("<file>", "an ISO, a raw or qcow2 image, a record's head.json or its folder"),
  ],
  options: [jsonOption()],
  run: (options, [file = ""]) => {
    const { inspect } = require("./inspect") as typeof import("./inspect");
    return inspect(file, options);
  },
});
