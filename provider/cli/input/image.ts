import { basename } from "node:path";
import type { InputProblem } from "../../base/errors";
import { longestImageName } from "../../schema/names";
import { copyProblems } from "../commands/copies";
import type { OptionFiles } from "../options/files";
import { formatNamesOf, formatOptionProblems, formatsWithOptions } from "../options/format";
import { headerProblems, headersInput } from "../options/headers";
import type { ImageOptions } from "../options/image";
import { isWebAddress, targetInput, targetOptionProblems } from "./target";

/** `Palette Edge-4.5.iso` as `palette-edge-4.5`: a part of file names, keys and labels. */
export function nameFrom(installer: string): string {
  const path = isWebAddress(installer) ? installer.replace(/[?#].*$/s, "") : installer;
  return plainName(basename(path).replace(/\.iso$/i, ""));
}

/** A file's name without what cannot stand in a name of an image. */
export function plainName(file: string): string {
  const name = file
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .slice(0, 40)
    .replace(/^[.-]+|[.-]+$/g, "");
  return name === "" ? "image" : name;
}

export function nameProblems(name: string): InputProblem[] {
  return /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(name) && name.length <= longestImageName
    ? []
    : [
        {
          path: "--name",
          reason: `must be letters, digits, dots, hyphens and underscores, ${longestImageName} at most`,
        },
      ];
}

/** The same object that the resource takes, not yet checked, and what only the command line can do wrong. */
interface ImageInput {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly problems: readonly InputProblem[];
}

/** Options, and the contents of the files that they name, as the input of an image. */
export function imageInput(options: ImageOptions, files: OptionFiles): ImageInput {
  const name = options.name ?? nameFrom(options.installer ?? "");
  const problems = [
    ...installerProblems(options),
    ...nameProblems(name),
    ...headerProblems("--header", files.headers),
    ...headerProblems("--to-header", files.targetHeaders),
    ...timeoutProblems(options.timeout ?? []),
    ...lonelyOptions(options),
    ...copyProblems(options),
  ];
  return {
    name,
    problems,
    input: {
      installer: installerInput(options, files),
      palette: paletteInput(options, files),
      users: userInput(options, files),
      userData: files.userData,
      machine: {
        firmware: options.firmware,
        secureBoot: options.secureBoot,
        diskSize: options.diskSize,
        memory: options.memory,
        cpus: options.cpus === undefined ? undefined : Number(options.cpus),
        network: options.network,
        accelerator: options.accelerator,
      },
      formats: formatInput(options),
      publishTo: targetInput(options, files.targetHeaders),
      verify: {
        boot: options.verifyBoot,
        expect: options.expect,
        artifacts: options.verifyArtifacts,
      },
      timeouts: timeoutInput(options.timeout ?? []),
      triggers: options.trigger,
      singleHost: options.singleHost,
    },
  };
}

/** Without one there is no input of it either, and the schema's own words are of properties. */
function installerProblems({ installer }: ImageOptions): InputProblem[] {
  const reason =
    "is missing: give the path or the URL of the installer ISO, or set ISO_URL in the environment";
  return installer === undefined ? [{ path: "--installer", reason }] : [];
}

function installerInput(options: ImageOptions, files: OptionFiles): unknown {
  const { installer, sha256, checksumUrl, kind } = options;
  if (installer === undefined) return undefined;
  return {
    [isWebAddress(installer) ? "url" : "path"]: installer,
    sha256,
    checksumUrl,
    kind,
    headers: headersInput(files.headers),
  };
}

function paletteInput(options: ImageOptions, files: OptionFiles): unknown {
  const { paletteEndpoint: endpoint, registrationUrl, projectName } = options;
  const registration = options.registerOnSite === true ? "site" : undefined;
  const { edgeHostToken } = files;
  const palette = { endpoint, registrationUrl, projectName, edgeHostToken, registration };
  return Object.values(palette).every((value) => value === undefined) ? undefined : palette;
}

function userInput(options: ImageOptions, files: OptionFiles): unknown {
  if (options.user === undefined) return undefined;
  const { password, sshKeys } = files;
  const sshAuthorizedKeys = sshKeys.length === 0 ? undefined : sshKeys;
  return [{ name: options.user, password, sshAuthorizedKeys }];
}

function formatInput({ format, formatOption, qcow2Compression }: ImageOptions): unknown {
  if (format === undefined && formatOption === undefined && qcow2Compression === undefined) {
    return undefined;
  }
  return formatsWithOptions(format, [
    ...(formatOption ?? []),
    ...(qcow2Compression === undefined ? [] : [`qcow2.compression=${qcow2Compression}`]),
  ]);
}

/** Options that say something about what is not there. */
function lonelyOptions(options: ImageOptions): InputProblem[] {
  const login = options.passwordFile ?? options.sshKeyFile;
  const formats = formatNamesOf(options.format);
  return [
    ...(login !== undefined && options.user === undefined
      ? [{ path: "--user", reason: "is needed with --password-file and --ssh-key-file" }]
      : []),
    ...targetOptionProblems(options),
    ...(options.qcow2Compression !== undefined && !formats.includes("qcow2")
      ? [{ path: "--qcow2-compression", reason: "needs --format qcow2" }]
      : []),
    ...formatOptionProblems(options.formatOption ?? [], formats),
  ];
}

const wellFormedTimeout = /^[a-z]+=\d+(\.\d+)?$/;

function timeoutProblems(timeouts: readonly string[]): InputProblem[] {
  return timeouts
    .filter((timeout) => !wellFormedTimeout.test(timeout))
    .map((timeout) => ({
      path: "--timeout",
      reason: `"${timeout}" is not of the form stage=minutes, such as install=60`,
    }));
}

function timeoutInput(timeouts: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    timeouts
      .filter((timeout) => wellFormedTimeout.test(timeout))
      .map((timeout) => timeout.split("="))
      .map(([stage = "", minutes]) => [stage, Number(minutes)]),
  );
}
