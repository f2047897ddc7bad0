import { argument, command } from "../command";
import { removeOptions, type RemoveOptions } from "./remove-options";

export const removeCommand = command<RemoveOptions>({
  name: "remove",
  summary: "remove an image that the CLI published; files that another owner uses are kept",
  arguments: [
    argument(
      "[image]",
      "image ID (name-0123456789ab) or install key; required if there are several images",
    ),
  ],
  options: removeOptions(),
  run: (options, [image]) => {
    const { remove } = require("./remove") as typeof import("./remove");
    return remove(image, options);
  },
});
