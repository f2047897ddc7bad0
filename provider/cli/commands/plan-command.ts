import { command } from "../command";
import { imageOptions, type ImageOptions } from "../options/image";

export const planCommand = command<ImageOptions>({
  name: "plan",
  summary: "show what `build` with the same options would build; changes nothing",
  options: imageOptions(),
  run: (options) => {
    const { plan } = require("./plan") as typeof import("./plan");
    return plan(options);
  },
});
