import { argument, command } from "../command";
import { presignOptions, type PresignOptions } from "./presign-options";

export const presignCommand = command<PresignOptions>({
  name: "presign",
  summary:
    "print a URL that gives temporary access to an artifact in a bucket, without credentials",
  arguments: [argument("<image>", "image ID (name-0123456789ab) or install key")],
  options: presignOptions(),
  notes: `
Only the URL is written to standard output. It is a credential. If it was signed with temporary
credentials, it expires when they do.`,
  run: (options, [image = ""]) => {
    const { presign } = require("./presign") as typeof import("./presign");
    return presign(image, options);
  },
});
