import { formatSize } from "../../base/size";
import { imageId } from "../../plan/keys";
import { buildName } from "../../plan/packer/template";
import type { Plan } from "../../plan/plan";

/** The comment at the top of a template, for its readers. */
export function packerComment(plan: Plan): string[] {
  const { name, installKey, machine, formats } = plan;
  const [firstName = ""] = formats.map(({ type }) => `${buildName(type)}.qemu.stylus`);
  const secureBoot = machine.secureBoot ? " with Secure Boot" : "";
  return [
    `The install of ${installKey === undefined ? name : imageId(name, installKey)}, written by \`stylus-image export packer\`:`,
    `${machine.firmware}${secureBoot}, a disk of ${formatSize(machine.diskSize)}, recipe ${plan.recipe}.`,
    "",
    "Run it in the folder for the output. Allow nobody else to read the output: the disk contains the",
    "user-data.",
    "",
    "  (umask 077; packer build FOLDER)",
    "",
    ...(formats.length > 1
      ? [
          "One install makes all formats. To make one format, with an install of its own:",
          "",
          `  packer build -only=${firstName} FOLDER/by-format`,
          "",
        ]
      : [`Its name for \`-only\` is ${firstName}.`, ""]),
    "seed.iso contains the user-data with its secrets. Except for the files that --format-option reads,",
    "no other file here contains secrets. Keep these files private and out of version control; they",
    "are listed in .gitignore.",
    "",
    "Packer waits until QEMU exits and counts that as success, even if the guest was reset or panicked.",
    "Therefore `stylus-image convert --installed` checks that the disk contains a complete install.",
    "serial.log is the console, also after an install that failed.",
  ];
}
