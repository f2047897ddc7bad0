import { StylusError, type InputProblem } from "../../base/errors";
import type { ImageOptions } from "./image";

/** The old builder's variables, and the options that they stand for. */
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

/**
 * The environment of `make qcow2` and of the container: where ISO_URL is set, the old builder's other variables are
 * read as well. Without it they belong to something else, for such names are common. A variable that is set to nothing
 * is not set; an option comes before a variable.
 */
export function withBuilderEnvironment(
  options: ImageOptions,
  environment: NodeJS.ProcessEnv,
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

/** The user's password, where the environment gives it. */
export function environmentPassword(environment: NodeJS.ProcessEnv): string | undefined {
  return readerOf(environment)("SSH_PASSWORD");
}

/** What is missing beside a variable that is there; said here, for a schema cannot name variables. */
export function environmentProblems(
  options: ImageOptions,
  environment: NodeJS.ProcessEnv,
): InputProblem[] {
  const read = readerOf(environment);
  const user = options.user ?? read("SSH_USER");
  const problems: InputProblem[] = [];
  if (options.user === undefined && user !== undefined && !canLogIn(options, environment)) {
    const reason = `is not set, and ${user} (SSH_USER) could never log in; there is no default: export it, or give --ssh-key-file`;
    problems.push({ path: "SSH_PASSWORD", reason });
  }
  if (user === undefined && read("SSH_PASSWORD") !== undefined) {
    const reason = "is not set, and SSH_PASSWORD is the password of nobody; set both or neither";
    problems.push({ path: "SSH_USER", reason });
  }
  if ((options.paletteEndpoint ?? read("PALETTE_ENDPOINT")) !== undefined) return problems;
  for (const name of ["EDGE_HOST_TOKEN", "REGISTRATION_URL"] as const) {
    if (read(name) === undefined) continue;
    const reason = `is not set, and ${name} says how a host registers with it; set it to the host of Palette, such as api.spectrocloud.com`;
    problems.push({ path: "PALETTE_ENDPOINT", reason });
  }
  return problems;
}

/** The same error for somebody who set variables: the variable beside each option that it names. */
export function withVariableNames(error: StylusError, environment: NodeJS.ProcessEnv): StylusError {
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

function readerOf(environment: NodeJS.ProcessEnv): (name: Variable) => string | undefined {
  const read = (name: Variable): string | undefined => {
    const value = environment[name];
    return value === "" ? undefined : value;
  };
  return read("ISO_URL") === undefined ? () => undefined : read;
}

function canLogIn(options: ImageOptions, environment: NodeJS.ProcessEnv): boolean {
  const login = options.passwordFile ?? options.sshKeyFile ?? environmentPassword(environment);
  return login !== undefined;
}

/** Packer, which the old builder handed it to, takes a number alone as MiB. */
function diskSize(text: string | undefined): string | undefined {
  return text !== undefined && /^\d+$/.test(text) ? `${text}M` : text;
}
