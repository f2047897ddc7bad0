import { imageId } from "../../plan/keys";
import { buildName } from "../../plan/packer/template";
import type { Plan } from "../../plan/plan";
import { formatSize } from "../../base/size";

/** What stands above a template, for who reads it. */
export function packerComment(plan: Plan): string[] {
  const { name, installKey, machine, formats } = plan;
  const names = formats.map(({ type }) => `${buildName(type)}.qemu.stylus`);
  const secureBoot = machine.secureBoot ? " with Secure Boot" : "";
  return [
    `The install of ${installKey === undefined ? name : imageId(name, installKey)}, written by \`stylus-image export packer\`:`,
    `${machine.firmware}${secureBoot}, a disk of ${formatSize(machine.diskSize)}, recipe ${plan.recipe}.`,
    "",
    "Run it where the output may lie, and let nobody else read that, for the disk holds what the",
    "user-data holds:",
    "",
    "  (umask 077; packer build FOLDER)",
    "",
    ...(formats.length > 1
      ? [
          "One install makes all formats. For one of them, with an install of its own:",
          "",
          `  packer build -only=${names[0] ?? ""} FOLDER/by-format`,
          "",
        ]
      : [`For \`-only\` its name is ${names[0] ?? ""}.`, ""]),
    "seed.iso is the user-data and holds its secrets; nothing else here does but the files that",
    "--format-option reads. Keep them from everybody, and from version control (.gitignore does).",
    "",
    "Packer waits until QEMU ends, and takes that for success, whether the guest powered off, was",
    "reset or panicked: `stylus-image convert --installed` looks whether the disk is a finished",
    "install. serial.log is the console, also of an install that failed.",
  ];
}
