import { basename, resolve } from "node:path";
import type { InputProblem } from "../spec/errors";
import { longestImageName } from "../spec/names";
import { copyProblems } from "./copies";
import type { OptionFiles } from "./option-files";
import { formatNamesOf, formatOptionProblems, formatsWithOptions } from "./format-options";
import { type ImageOptions } from "./options";
import { defaultTarget, type TargetOptions } from "./target-options";
import { cdiInput, cdiProblems, isCdi } from "./cdi-input";
import { isVsphere, vsphereInput, vsphereProblems } from "./vsphere-input";

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

/**
 * `s3://bucket/prefix`, `https://host/folder`, `oci://host/repository`, `vsphere://server/...`, `cdi://namespace` or a
 * folder. A folder's path is made absolute: it is a part of the target's identity, and the same folder must be the same target from wherever the command is run.
 */
export function targetInput(
  options: TargetOptions,
  headers: readonly string[],
): readonly Readonly<Record<string, unknown>>[] {
  return (options.to ?? [defaultTarget]).map((target) => {
    if (isWebAddress(target)) return { type: "http", url: target, headers: headersInput(headers) };
    if (isRepository(target)) {
      return {
        type: "oci",
        repository: target.slice(ociScheme.length),
        tag: options.ociTag,
        plainHttp: options.ociPlainHttp,
      };
    }
    if (isVsphere(target)) return vsphereInput(target, options);
    if (isCdi(target)) return cdiInput(target, options);
    const s3 = /^s3:\/\/([^/]*)\/?(.*)$/.exec(target);
    if (s3 === null) return { type: "directory", path: resolve(target) };
    return {
      type: "s3",
      bucket: s3[1],
      prefix: s3[2],
      endpoint: options.s3Endpoint,
      region: options.s3Region,
      profile: options.s3Profile,
      pathStyle: options.s3PathStyle,
    };
  });
}

const ociScheme = "oci://";

function isRepository(text: string): boolean {
  return text.startsWith(ociScheme);
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

function headersInput(headers: readonly string[]): Record<string, string> | undefined {
  return headers.length === 0 ? undefined : Object.fromEntries(headers.map(splitHeader));
}

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

/** Options of a kind of target where no target is of that kind. */
export function targetOptionProblems(options: TargetOptions): InputProblem[] {
  const { to = [], s3Endpoint, s3Region, s3Profile, s3PathStyle, ociTag, ociPlainHttp } = options;
  const s3 = s3Endpoint ?? s3Region ?? s3Profile ?? s3PathStyle;
  const oci = ociTag ?? ociPlainHttp;
  return [
    ...(s3 !== undefined && !to.some((target) => target.startsWith("s3://"))
      ? [{ path: "--to", reason: "names no s3://bucket/prefix, which the --s3 options belong to" }]
      : []),
    ...(oci !== undefined && !to.some(isRepository)
      ? [
          {
            path: "--to",
            reason: "names no oci://host/repository, which the --oci options belong to",
          },
        ]
      : []),
    ...vsphereProblems(options),
    ...cdiProblems(options),
    ...targetHeaderProblems(options),
  ];
}

/** Headers for targets of the web where none is named. */
function targetHeaderProblems({ to = [], toHeader }: TargetOptions): InputProblem[] {
  return toHeader !== undefined && !to.some(isWebAddress)
    ? [{ path: "--to", reason: "names no https://host/folder, which --to-header belongs to" }]
    : [];
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

export function headerProblems(path: string, headers: readonly string[]): InputProblem[] {
  // The header itself may be a secret, so only its position is told.
  return headers.flatMap((header, index) =>
    /^[!#$%&'*+.^_`|~\w-]+:/.test(header)
      ? []
      : [{ path, reason: `number ${index + 1} is not of the form "name: value"` }],
  );
}

function splitHeader(header: string): readonly [string, string] {
  const colon = header.indexOf(":");
  return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
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
