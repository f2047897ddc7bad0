import { argument, command } from "../command";
import { ownersOptions, type OwnersOptions } from "./owners-options";

export const ownersCommand = command<OwnersOptions>({
  name: "owners",
  summary: "list the owners of images, and give up one whose state is lost",
  arguments: [argument("[image]", "ID, install key, or name of the resource; default: all images")],
  options: ownersOptions(),
  notes: `
Without --to, the owners in the records of this machine's cache are listed. Targets that keep no
records (registries, web servers, vSphere, CDI) are described by the cache, too.

An image is removed when its last owner gives it up. An owner whose Pulumi state is lost can no
longer do that: give it up here. Name all targets at which it published (\`targets\` in the list).

Examples:
  $ stylus-image owners --to s3://images/edge
  $ stylus-image owners edge-1a2b3c4d5e6f --to s3://images/edge --give-up 0f3a-5c6d --yes`,
  run: (options, [image]) => {
    const { owners } = require("./owners") as typeof import("./owners");
    return owners(image, options);
  },
});
