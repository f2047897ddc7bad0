import type { InputProblem } from "../../base/errors";
import type { ImageOptions } from "../options/image";
import { parseCopies } from "./copies";
import { formatNamesOf, parseFormats } from "./format-options";
import { parseHeaders } from "./headers";
import { nameFrom, nameProblems } from "./image-name";
import { parseLogin } from "./login";
import type { OptionFiles } from "./option-files";
import { isWebAddress, parseTargets } from "./targets";
import { parseTimeouts } from "./timeouts";

/** The input of the image resource, not yet checked, and the problems that only a command line can have. */
interface ImageInput {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly problems: readonly InputProblem[];
}

/** Makes the resource's input from options and the contents of the files that they name. */
export function imageInput(options: ImageOptions, files: OptionFiles): ImageInput {
  const name = options.name ?? nameFrom(options.installer ?? "");
  const headers = parseHeaders("--header", files.headers);
  const users = parseLogin(options, files);
  const formats = parseFormats(options.format, formatSettings(options));
  const targets = parseTargets(options, files.targetHeaders);
  const timeouts = parseTimeouts(options.timeout);
  return {
    name,
    problems: [
      ...installerProblems(options),
      ...nameProblems(name),
      ...headers.problems,
      ...timeouts.problems,
      ...users.problems,
      ...targets.problems,
      ...compressionProblems(options),
      ...formats.problems,
      ...parseCopies(options).problems,
    ],
    input: {
      installer: installerInput(options, headers.value),
      palette: paletteInput(options, files),
      users: users.value,
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
      formats: namesFormats(options) ? formats.value : undefined,
      publishTo: targets.value,
      verify: {
        boot: options.verifyBoot,
        expect: options.expect,
        artifacts: options.verifyArtifacts,
      },
      timeouts: timeouts.value,
      triggers: options.trigger,
      singleHost: options.singleHost,
    },
  };
}

/** The schema's own message would name the property instead of the option. */
function installerProblems({ installer }: ImageOptions): InputProblem[] {
  const reason =
    "is missing: give the path or the URL of the installer ISO, or set ISO_URL in the environment";
  return installer === undefined ? [{ path: "--installer", reason }] : [];
}

function installerInput(options: ImageOptions, headers: unknown): unknown {
  const { installer, sha256, checksumUrl, kind } = options;
  if (installer === undefined) return undefined;
  return {
    [isWebAddress(installer) ? "url" : "path"]: installer,
    sha256,
    checksumUrl,
    kind,
    headers,
  };
}

function paletteInput(options: ImageOptions, files: OptionFiles): unknown {
  const { paletteEndpoint: endpoint, registrationUrl, projectName } = options;
  const registration = options.registerOnSite === true ? "site" : undefined;
  const { edgeHostToken } = files;
  const palette = { endpoint, registrationUrl, projectName, edgeHostToken, registration };
  return Object.values(palette).every((value) => value === undefined) ? undefined : palette;
}

/** Without any of these options the schema's default applies. */
function namesFormats({ format, formatOption, qcow2Compression }: ImageOptions): boolean {
  return (format ?? formatOption ?? qcow2Compression) !== undefined;
}

/** `--qcow2-compression` is another spelling of a `--format-option`. */
function formatSettings({ format, formatOption = [], qcow2Compression }: ImageOptions): string[] {
  const makesQcow2 = formatNamesOf(format).includes("qcow2");
  return [
    ...formatOption,
    ...(qcow2Compression === undefined || !makesQcow2
      ? []
      : [`qcow2.compression=${qcow2Compression}`]),
  ];
}

function compressionProblems({ format, qcow2Compression }: ImageOptions): InputProblem[] {
  return qcow2Compression !== undefined && !formatNamesOf(format).includes("qcow2")
    ? [{ path: "--qcow2-compression", reason: "needs --format qcow2" }]
    : [];
}
