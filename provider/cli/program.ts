import { Command, InvalidArgumentError, Option } from "commander";
import { packageVersion } from "../system/host/package-version";
import { addConvertOptions, type ConvertOptions } from "./options/convert";
import { addExportPackerOptions, type ExportPackerOptions } from "./packer/options";
import {
  buildExamples,
  convertExamples,
  doctorExamples,
  exitCodes,
  overview,
  packerNotes,
  presignNotes,
  publishNotes,
  seedNotes,
} from "./help-text";
import {
  addImageOptions,
  type DoctorOptions,
  type ImageOptions,
  type PresignOptions,
  type RemoveOptions,
} from "./options/image";
import {
  addCdiOptions,
  addOciOptions,
  addS3Options,
  addTargetOption,
  addVsphereOptions,
} from "./options/target";
import { addProgressOptions, type ProgressOptions } from "./options/progress";
import { addPublishOptions, type PublishOptions } from "./options/publish";
import { addSeedOptions, type SeedOptions } from "./options/seed";

/** Every command with its options. Only commander is loaded here; a command loads what it needs when it runs. */
export function createProgram(): Command {
  const program = new Command("stylus-image")
    .description("Turns an edge installer ISO into verified, published virtual machine images.")
    .version(packageVersion(), "-V, --version", "print the version")
    .exitOverride()
    .showHelpAfterError("Run with --help for all options.")
    .configureHelp({ helpWidth: 100, showGlobalOptions: false })
    .addHelpText("after", overview);
  addBuild(program);
  addPlan(program);
  addSeed(program);
  addConvert(program);
  addPublish(program);
  addInspect(program);
  addExport(program);
  addDoctor(program);
  addCache(program);
  addPresign(program);
  addRemove(program);
  return program;
}

function addBuild(program: Command): void {
  const command = program
    .command("build")
    .description("build an image and publish it; what exists already is not built again");
  addImageOptions(command);
  addProgressOptions(command);
  command.addHelpText("after", buildExamples).action(() => {
    const { build } = require("./commands/build") as typeof import("./commands/build");
    return build(command.opts<ImageOptions & ProgressOptions>());
  });
}

function addPlan(program: Command): void {
  const command = program
    .command("plan")
    .description("show what `build` with the same options would build; changes nothing");
  addImageOptions(command);
  command.addHelpText("after", exitCodes).action(() => {
    const { plan } = require("./commands/plan") as typeof import("./commands/plan");
    return plan(command.opts<ImageOptions>());
  });
}

function addSeed(program: Command): void {
  const command = program
    .command("seed")
    .description(
      "make the CD of one site for a golden image, and publish it; nothing is installed",
    );
  addSeedOptions(command);
  addProgressOptions(command);
  command.addHelpText("after", seedNotes).action(() => {
    const { seed } = require("./commands/seed") as typeof import("./commands/seed");
    return seed(command.opts<SeedOptions & ProgressOptions>());
  });
}

function addConvert(program: Command): void {
  const command = program
    .command("convert")
    .description("make formats from a disk that exists; nothing is installed")
    .argument("<disk>", "a raw, qcow2 or vmdk disk");
  addConvertOptions(command);
  addProgressOptions(command);
  command.addHelpText("after", convertExamples).action((disk: string) => {
    // libuv reads it when its pool is first used, and conversions run in this very process.
    const { threadPoolSize } =
      require("../system/process/thread-pool") as typeof import("../system/process/thread-pool");
    process.env["UV_THREADPOOL_SIZE"] = threadPoolSize();
    const { convertDisk } = require("./commands/convert") as typeof import("./commands/convert");
    return convertDisk(disk, command.opts<ConvertOptions & ProgressOptions>());
  });
}

function addPublish(program: Command): void {
  const command = program
    .command("publish")
    .description("publish files that exist; nothing is installed or converted")
    .argument("<files...>", "images, whoever made them");
  addPublishOptions(command);
  addProgressOptions(command);
  command.addHelpText("after", publishNotes).action((files: readonly string[]) => {
    const { publish } = require("./publish/publish") as typeof import("./publish/publish");
    return publish(files, command.opts<PublishOptions & ProgressOptions>());
  });
}

function addInspect(program: Command): void {
  const command = program
    .command("inspect")
    .description("show what an installer ISO, an image or a record holds")
    .argument("<file>", "an ISO, a raw or qcow2 image, a record's head.json or its folder")
    .option("--json", "print one JSON document")
    .addHelpText("after", exitCodes)
    .action((file: string) => {
      const { inspect } = require("./inspect/inspect") as typeof import("./inspect/inspect");
      return inspect(file, command.opts<{ json?: boolean }>());
    });
}

function addExport(program: Command): void {
  const command = program
    .command("export")
    .description("write what `build` with the same options would do, for another tool")
    .command("packer")
    .description("a template for Packer's qemu builder that performs the install, and its seed");
  addExportPackerOptions(command);
  command.addHelpText("after", packerNotes).action(() => {
    const { exportPacker } = require("./packer/export") as typeof import("./packer/export");
    return exportPacker(command.opts<ExportPackerOptions>());
  });
}

function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description("tell whether this machine can build images, and what it lacks")
    .option("--fix", "print the commands that make it ready, and the policy that a bucket needs")
    .option("--yes", "run the commands, with sudo unless this is root")
    .option("--json", "print one JSON document")
    .optionsGroup("A bucket that images are published to:")
    .addOption(
      new Option("--to <place>", "s3://bucket/prefix, whose reach is looked at").argParser(
        (place: string) => [place],
      ),
    );
  addS3Options(command);
  command.addHelpText("after", doctorExamples).action(() => {
    const { doctor } = require("./doctor/doctor") as typeof import("./doctor/doctor");
    return doctor(command.opts<DoctorOptions>());
  });
}

function addCache(program: Command): void {
  const cache = program.command("cache").description("show or empty the local cache");
  const list = cache
    .command("list")
    .description("list what lies in the cache, with size on disk and age")
    .option("--json", "print one JSON document")
    .action(() => {
      const { cacheList } = require("./cache/cache") as typeof import("./cache/cache");
      return cacheList(list.opts<{ json?: boolean }>());
    });
  const prune = cache
    .command("prune")
    .description("remove what no running build uses; the newest of each kind stays")
    .option("--all", "remove the newest of each kind, too")
    .addOption(
      new Option(
        "--older-than <age>",
        "remove only what was not used for that long: 30d, 12h",
      ).argParser(parseAge),
    )
    .option("--json", "print one JSON document")
    .action(() => {
      const { cachePrune } = require("./cache/cache") as typeof import("./cache/cache");
      return cachePrune(prune.opts<{ all?: boolean; olderThan?: number; json?: boolean }>());
    });
}

function addPresign(program: Command): void {
  const command = program
    .command("presign")
    .description("print a URL that reads one artifact in a bucket for a time, without credentials")
    .argument("<image>", "image ID (name-0123456789ab) or install key")
    .requiredOption("--format <name>", "which artifact of the image");
  addTargetOption(command);
  addS3Options(command);
  command
    .addOption(
      new Option("--expires <time>", "how long it lives, 7d at most: 30m, 12h, 7d")
        .argParser(parseAge)
        .default(3_600_000, "1h"),
    )
    .addHelpText("after", presignNotes)
    .action((image: string) => {
      const { presign } = require("./commands/presign") as typeof import("./commands/presign");
      return presign(image, command.opts<PresignOptions>());
    });
}

function addRemove(program: Command): void {
  const command = program
    .command("remove")
    .description("give up what was published from here; what no resource owns either is deleted")
    .argument(
      "[image]",
      "image ID (name-0123456789ab) or install key; needed where there are several",
    );
  addTargetOption(command);
  addS3Options(command);
  addOciOptions(command);
  addVsphereOptions(command);
  addCdiOptions(command);
  command
    .option("--name <name>", "the name that `build` gave or was given")
    .option("--json", "print one JSON document")
    .addHelpText("after", exitCodes)
    .action((image: string | undefined) => {
      const { remove } = require("./commands/remove") as typeof import("./commands/remove");
      return remove(image, command.opts<RemoveOptions>());
    });
}

/** Milliseconds of `30d`, `12h` or `15m`. */
function parseAge(text: string): number {
  const match = /^(\d+)([mhd])$/.exec(text);
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? ""];
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError('Write a number with a unit: "30d", "12h" or "15m".');
  }
  return Number(match[1]) * unit;
}
