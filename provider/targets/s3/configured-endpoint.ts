import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const variables = [
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_S3",
  "AWS_USE_FIPS_ENDPOINT",
  "AWS_USE_DUALSTACK_ENDPOINT",
];

/**
 * Whether the environment or an AWS configuration file may direct S3 requests to another endpoint than the standard one
 * of the region. Cheap, and sometimes wrongly true: only the SDK, which is loaded in that case, decides.
 */
export function mayConfigureEndpoint(): boolean {
  if (variables.some((name) => (process.env[name] ?? "") !== "")) return true;
  const { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials } = process.env;
  const folder = join(homedir(), ".aws");
  return [config ?? join(folder, "config"), credentials ?? join(folder, "credentials")].some(
    mentionsEndpoint,
  );
}

function mentionsEndpoint(path: string): boolean {
  try {
    return /endpoint/i.test(readFileSync(path, "utf8"));
  } catch {
    return false;
  }
}

/**
 * The endpoint that the environment or the profile configures for S3. The SDK reads it for its default profile only,
 * also where the client has another one, as of version 3.1169.
 */
export async function configuredEndpoint(profile: string | undefined): Promise<string | undefined> {
  if (!mayConfigureEndpoint()) return undefined;
  const { booleanSelector, CONFIG_PREFIX_SEPARATOR, loadConfig, SelectorType } =
    await import("@smithy/core/config");
  const options = profile === undefined ? {} : { profile };
  const isIgnored = loadConfig<boolean>(
    {
      environmentVariableSelector: (env) =>
        booleanSelector(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", SelectorType.ENV),
      configFileSelector: (section) =>
        booleanSelector(section, "ignore_configured_endpoint_urls", SelectorType.CONFIG),
      default: false,
    },
    options,
  );
  if (await isIgnored()) return undefined;
  return loadConfig<string | undefined>(
    {
      environmentVariableSelector: (env) =>
        env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"] || undefined,
      configFileSelector: (section, file) => {
        const services = file?.[`services${CONFIG_PREFIX_SEPARATOR}${section["services"] ?? ""}`];
        const ofService = services?.[`s3${CONFIG_PREFIX_SEPARATOR}endpoint_url`];
        return ofService || section["endpoint_url"] || undefined;
      },
      default: undefined,
    },
    options,
  )();
}

/** The region that the environment or the profile configures. A server of one's own needs any for the signature. */
export async function regionOfEndpoint(profile: string | undefined): Promise<string> {
  const { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } =
    await import("@smithy/core/config");
  const options = {
    ...NODE_REGION_CONFIG_FILE_OPTIONS,
    ...(profile !== undefined && { profile }),
  };
  return loadConfig(NODE_REGION_CONFIG_OPTIONS, options)().catch(() => "us-east-1");
}
