import { argument, command } from "../command";
import { progressOptions } from "../options/progress";
import { convertOptions, type ConvertOptions } from "./convert-options";

export const convertCommand = command<ConvertOptions>({
  name: "convert",
  summary: "make formats from an existing disk; nothing is installed",
  arguments: [argument("<disk>", "a raw, qcow2 or vmdk disk")],
  options: [...convertOptions(), ...progressOptions()],
  notes: `
Example:
  $ stylus-image convert images/edge.qcow2 --format vmdk,ova --format-option ova.cpus=4 --to ./out
  makes ./out/edge.vmdk and ./out/edge.ova; the disk is compressed once.

The same disk and tools give the same bytes. The size is rounded up to whole GiB.`,
  run: (options, [disk = ""]) => {
    // libuv reads the variable when its thread pool is first used, and conversions run in this process.
    const { threadPoolSize } =
      require("../../system/process/thread-pool") as typeof import("../../system/process/thread-pool");
    process.env["UV_THREADPOOL_SIZE"] = threadPoolSize();
    const { convertDisk } = require("./convert") as typeof import("./convert");
    return convertDisk(disk, options);
  },
});
