import type { InputProblem } from "../../base/errors";
import { copyProblems } from "../commands/copies";
import { formatNamesOf, formatOptionProblems, formatsWithOptions } from "../options/format";
import { headerProblems, headersInput } from "../options/headers";
import { nameFrom, nameProblems } from "./_image-name";
import type { OptionFiles } from "../options/files";
import type { ImageOptions } from "../options/image";
import { isWebAddress, targetInput, targetOptionProblems } from "./target";

/** The same object that the resource takes, not yet checked, and what only the command line can do wrong. */
export interface ImageInput {
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
