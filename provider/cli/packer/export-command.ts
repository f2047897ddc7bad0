import { command, type CommandGroup } from "../command";
import { exportPackerOptions, type ExportPackerOptions } from "./options";

export const exportCommand: CommandGroup = {
  name: "export",
  summary: "write what `build` with the same options would do, for another tool",
  commands: [
    command<ExportPackerOptions>({
      name: "packer",
      summary: "write a template for Packer's qemu builder that performs the install, and its seed",
      options: exportPackerOptions(),
      notes: `
Example:
  $ stylus-image export packer --installer installer.iso --format qcow2,vmdk --to ./packer \\
      --palette-endpoint api.spectrocloud.com --edge-host-token-file token.txt
  $ (umask 077; packer build ./packer)
  $ packer build -only=vmdk.qemu.stylus ./packer/by-format

The folder contains the template twice, as template.pkr.hcl and as template.json, and seed.iso with
the secrets. One install makes all formats; the template in by-format has one install per format,
under the old builder's names. Packer needs \`stylus-image\` on PATH: it checks that the install is
complete and makes the formats. Unlike \`build\`, Packer does not boot the image to verify it, detects
a hung install by its time limit only, and publishes nothing.`,
      run: (options) => {
        const { exportPacker } = require("./export") as typeof import("./export");
        return exportPacker(options);
      },
    }),
  ],
};
