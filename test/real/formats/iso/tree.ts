import { execa } from "execa";

async function xorriso(iso: string, ...args: string[]): Promise<string> {
  return (await execa("xorriso", ["-no_rc", "-indev", `stdio:${iso}`, ...args])).stdout;
}

/** Boot information for the firmware: El Torito's boot images without their positions, and the kind of system area. */
export async function bootReport(iso: string): Promise<readonly string[]> {
  const args = ["-report_el_torito", "plain", "-report_system_area", "plain"];
  return (await xorriso(iso, ...args))
    .split("\n")
    .filter((line) =>
      /^(El Torito (boot img|img)|System area|Partition offset|GPT type)/.test(line),
    )
    .map((line) => line.replace(/\s+\d+$/, ""));
}

/** Mode, owner, group, size and name of every file below a path: `-rw------- 0 0 71 /config.yaml`. */
export async function listing(iso: string, path = "/"): Promise<readonly string[]> {
  const text = await xorriso(iso, "-find", path, "-exec", "lsdl");
  return text.split("\n").flatMap((line) => {
    const [, mode, owner, group, size, name] =
      /^(\S{10})\s+\d+\s+(\S+)\s+(\S+)\s+(\d+) .{12} '(.*)'$/.exec(line) ?? [];
    const plain = name?.replaceAll(`'"'"'`, "'");
    return plain === undefined ? [] : [`${mode} ${owner} ${group} ${size} ${plain}`];
  });
}

/** The text of a file, read by a program that does not know how the ISO was made. */
export async function readByOther(iso: string, path: string): Promise<string> {
  const args = ["e", "-tiso", "-so", iso, path.slice(1)];
  return (await execa("7z", args, { stripFinalNewline: false })).stdout;
}

export async function sfdiskVerify(iso: string): Promise<string> {
  const { stdout, stderr } = await execa("sfdisk", ["--verify", iso], { env: { LC_ALL: "C" } });
  return `${stdout}\n${stderr}`;
}
