import { command } from "../command";
import { progressOptions } from "../options/progress";
import { seedOptions, type SeedOptions } from "./seed-options";

export const seedCommand = command<SeedOptions>({
  name: "seed",
  summary: "make the CD of one site for a golden image, and publish it; nothing is installed",
  options: [...seedOptions(), ...progressOptions()],
  notes: `
Example:
  $ stylus-image build --installer installer.iso --palette-endpoint api.spectrocloud.com \\
      --register-on-site --to ./images
  $ stylus-image seed --edge-host-id store-7 --edge-host-token-file token.txt --to ./seeds
  The image has no token. Insert the ISO into the CD drive of the machine at store 7.

A host reads the CD once, at its first boot. The CD contains the secrets of the site in plain text.
The same options give the same bytes; a seed that is already published is not made again.`,
  run: (options) => {
    const { seed } = require("./seed") as typeof import("./seed");
    return seed(options);
  },
});
