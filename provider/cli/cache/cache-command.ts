import { Option } from "commander";
import { command, type CommandGroup } from "../command";
import { durationOption, jsonOption, type JsonOptions } from "../options/option";
import type { PruneOptions } from "./options";

export const cacheCommand: CommandGroup = {
  name: "cache",
  summary: "list or prune the local cache",
  commands: [
    command<JsonOptions>({
      name: "list",
      summary: "list the entries of the cache, with their size on disk and age",
      options: [jsonOption()],
      run: (options) => {
        const { cacheList } = require("./cache") as typeof import("./cache");
        return cacheList(options);
      },
    }),
    command<PruneOptions>({
      name: "prune",
      summary: "remove entries that no running build uses; the newest of each kind is kept",
      options: [
        new Option("--all", "also remove the newest of each kind"),
        durationOption(
          "--older-than <age>",
          "remove only entries that were not used for this time: 30d, 12h",
        ),
        jsonOption(),
      ],
      run: (options) => {
        const { cachePrune } = require("./cache") as typeof import("./cache");
        return cachePrune(options);
      },
    }),
  ],
};
