import { StylusError, type InputProblem } from "../../base/errors";
import type { ImageOptions } from "../options/image";

/** The old builder's variables, by the option that each stands for. */
const variables = {
  "--installer": "ISO_URL",
  "--palette-endpoint": "PALETTE_ENDPOINT",
  "--registration-url": "REGISTRATION_URL",
  "--edge-host-token-file": "EDGE_HOST_TOKEN",
  "--disk-size": "DISK_SIZE",
  "--user": "SSH_USER",
  "--password-file": "SSH_PASSWORD",
} as const satisfies Readonly<Record<string, string>>;

type Variable = (typeof variables)[keyof typeof variables];
type Environment = NodeJS.ProcessEnv;

/**
 * Adds the old builder's variables to the options, as `make qcow2` and the container set them. They are read only if
 * ISO_URL is set, because variables of these names are common. An empty variable counts as not set; an option takes
 * precedence over a variable.
 */
export function withBuilderEnvironment(
  options: ImageOptions,
  environment: Environment,
): ImageOptions {
  const read = readerOf(environment);
  const values = {
    installer: options.installer ?? read("ISO_URL"),
    paletteEndpoint: options.paletteEndpoint ?? read("PALETTE_ENDPOINT"),
    registrationUrl: options.registrationUrl ?? read("REGISTRATION_URL"),
    diskSize: options.diskSize ?? diskSize(read("DISK_SIZE")),
    user: options.user ?? (canLogIn(options, environment) ? read("SSH_USER") : undefined),
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return { ...options, ...Object.fromEntries(given) };
}

interface EnvironmentSecrets {
  readonly password: string | undefined;
  readonly edgeHostToken: string | undefined;
}

/** Reads the secrets of the environment and deletes them from it: the agent and QEMU must not inherit them. */
export function takeEnvironmentSecrets(
  options: Pick<ImageOptions, "user" | "passwordFile" | "paletteEndpoint">,
  environment: Environment,
): EnvironmentSecrets {
  // The variable EDGE_HOST_TOKEN belongs to something else if no endpoint is named.
  const token = options.paletteEndpoint === undefined ? undefined : environment["EDGE_HOST_TOKEN"];
  const needsPassword = options.user !== undefined && options.passwordFile === undefined;
  const password = needsPassword ? environmentPassword(environment) : undefined;
  delete environment["EDGE_HOST_TOKEN"];
  delete environment["SSH_PASSWORD"];
  return { password, edgeHostToken: token === "" ? undefined : token };
}

/** The user's password, if the environment sets it. */
export function environmentPassword(environment: Environment): string | undefined {
  return readerOf(environment)("SSH_PASSWORD");
}

/** Variables that are missing beside others. The schema cannot report these: it knows no variables. */
export function environmentProblems(
  options: ImageOptions,
  environment: Environment,
): InputProblem[] {
  const read = readerOf(environment);
  const user = options.user ?? read("SSH_USER");
  const problems: InputProblem[] = [];
  if (options.user === undefined && user !== undefined && !canLogIn(options, environment)) {
    const reason = `is not set, so ${user} (SSH_USER) could not log in, and there is no default: set it, or give --ssh-key-file`;
    problems.push({ path: "SSH_PASSWORD", reason });
  }
  if (user === undefined && read("SSH_PASSWORD") !== undefined) {
    const reason = "is not set, but SSH_PASSWORD is; set both or neither";
    problems.push({ path: "SSH_USER", reason });
  }
  if ((options.paletteEndpoint ?? read("PALETTE_ENDPOINT")) !== undefined) return problems;
  for (const name of ["EDGE_HOST_TOKEN", "REGISTRATION_URL"] as const) {
    if (read(name) === undefined) continue;
    const reason = `is not set, but ${name} is; set it to the Palette host, such as api.spectrocloud.com`;
    problems.push({ path: "PALETTE_ENDPOINT", reason });
  }
  return problems;
}

/** Adds to each option that the error names the variable that stands for it, if such variables are read. */
export function withVariableNames(error: StylusError, environment: Environment): StylusError {
  if (readerOf(environment)("ISO_URL") === undefined) return error;
  const { details } = error;
  return new StylusError(error.code, {
    ...details,
    next: nameVariables(details.next),
    problems: details.problems?.map(({ path, reason }) => ({
      path: nameVariables(path),
      reason: nameVariables(reason),
    })),
  });
}

function nameVariables(text: string): string {
  return text.replace(/(`?)(--[a-z-]+)\1/g, (whole, _quote: string, option: string) => {
    const variable = Object.entries(variables).find(([name]) => name === option)?.[1];
    return variable === undefined ? whole : `${whole} or ${variable}`;
  });
}

function readerOf(environment: Environment): (name: Variable) => string | undefined {
  const read = (name: Variable): string | undefined => {
    const value = environment[name];
    return value === "" ? undefined : value;
  };
  return read("ISO_URL") === undefined ? () => undefined : read;
}

function canLogIn(options: ImageOptions, environment: Environment): boolean {
  const login = options.passwordFile ?? options.sshKeyFile ?? environmentPassword(environment);
  return login !== undefined;
}

/** The old builder passed the size to Packer, which reads a plain number as MiB. */
function diskSize(text: string | undefined): string | undefined {
  return text !== undefined && /^\d+$/.test(text) ? `${text}M` : text;
}
