import { z } from "zod";
import { reference } from "./text";
import { installArguments, type HostFacts, type MachineIdentity } from "../qemu-arguments";
import type { Plan } from "../plan";
import type { Recipe } from "../recipe";

/** One of QEMU's options: its name, and its value where it has one. */
export type QemuArgument = readonly [string] | readonly [string, string];

export interface ExportedMachine {
  readonly machine: Plan["machine"];
  readonly recipe: Recipe;
  readonly host: Omit<HostFacts, "socketDirectory">;
  readonly identity: MachineIdentity;
  /** Path or reference of the installer after Packer's download. */
  readonly installer: string;
}

/** Defaults of the template's variables: the values of this package's own install on this host. */
export interface MachineVariables {
  readonly accelerator: string;
  readonly cpu_model: string;
  readonly cpus: string;
  readonly memory: string;
}

/** Options whose value is a variable of the template. */
const byVariable: Readonly<Record<string, keyof MachineVariables>> = {
  "-accel": "accelerator",
  "-cpu": "cpu_model",
  "-smp": "cpus",
  "-m": "memory",
};

/** The arguments of this package's own install, without those that Packer controls, and the defaults of its variables. */
export function packerArguments(exported: ExportedMachine): {
  readonly arguments: readonly QemuArgument[];
  readonly variables: MachineVariables;
} {
  const own = ownArguments(exported);
  const valueOf = (option: string): string => own.find(([name]) => name === option)?.[1] ?? "";
  return {
    arguments: [...own.flatMap(adapt), ...packerDefaultsOff],
    variables: {
      accelerator: valueOf("-accel"),
      cpu_model: valueOf("-cpu"),
      cpus: valueOf("-smp"),
      memory: valueOf("-m"),
    },
  };
}

function ownArguments(exported: ExportedMachine): QemuArgument[] {
  const { machine, recipe, host, identity, installer } = exported;
  const folder = reference({ folder: true });
  const variable = (name: string): string => reference({ variable: name });
  const uefi = { code: variable("firmware_code"), variables: variable("firmware_variables") };
  const facts = {
    ...host,
    ...(host.uefi !== undefined && { uefi }),
    socketDirectory: "",
  };
  const argv = installArguments(machine, recipe, facts, identity, {
    disk: `${reference({ engine: "OutputDir" })}/${reference({ engine: "Name" })}`,
    cds: [installer, `${folder}/seed.iso`],
    serialLog: `${folder}/serial.log`,
  });
  return pairsOf(argv);
}

function pairsOf(argv: readonly string[]): QemuArgument[] {
  const pairs: QemuArgument[] = [];
  argv.forEach((word, index) => {
    const value = argv[index + 1];
    if (!word.startsWith("-")) return;
    pairs.push(value === undefined || value.startsWith("-") ? [word] : [word, value]);
  });
  return pairs;
}

/**
 * Packer omits each option of its own that the template sets. The CDs are therefore given with -drive: otherwise Packer
 * would add its own drives for the installer and the disk.
 */
function adapt(argument: QemuArgument): QemuArgument[] {
  const [option, value = ""] = argument;
  const name = byVariable[option];
  if (name !== undefined) return [[option, reference({ variable: name })]];
  switch (option) {
    // With -S the machine would wait for a command on QEMU's monitor, which Packer does not use.
    case "-S":
    case "-mon":
      return [];
    case "-chardev":
      return value.includes("id=serial,") ? [[option, serialToFile(value)]] : [];
    case "-blockdev":
      return [cdAsDrive(value) ?? argument];
    case "-drive":
      // Changes are discarded at the end of each run.
      return [value.includes("unit=1,") ? [option, `${value},snapshot=on`] : argument];
    default:
      return [argument];
  }
}

function serialToFile(chardev: string): string {
  return `file,id=serial,path=${/,logfile=(.*),logappend=/.exec(chardev)?.[1] ?? ""}`;
}

const cdSchema = z.object({
  "node-name": z.string().regex(/^cd\d+$/),
  file: z.object({ filename: z.string() }),
});

function cdAsDrive(blockdev: string): QemuArgument | undefined {
  const cd = cdSchema.safeParse(JSON.parse(blockdev)).data;
  if (cd === undefined) return undefined;
  const { "node-name": id, file } = cd;
  return ["-drive", `if=none,id=${id},media=cdrom,format=raw,readonly=on,file=${file.filename}`];
}

/** Options that override defaults of Packer, which it adds unless they are given. */
const packerDefaultsOff: readonly QemuArgument[] = [
  ["-boot", "menu=off"],
  ["-vnc", "none"],
];
