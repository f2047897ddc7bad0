import * as pulumi from "@pulumi/pulumi";
import { atPlace, type Artifact } from "./outputs";
import { PublishedResource, type ReadOptions } from "./published-resource";
import { siteSeedStub } from "./site-seed-stub";
import type { ExistingImageArgs } from "./stylus-image";
import type { Target } from "./target-args";
import type { SitePalette, User } from "./user-data-args";

/** Arguments of a `SiteSeed`. At least one of `palette`, `users` and `userData` is required. */
export interface SiteSeedArgs {
  /** Registration of the host with Palette; the `stylus.site` section of the user-data. Default: none. */
  palette?: pulumi.Input<SitePalette>;
  /** Login users in addition to those of the image, created by Kairos and by cloud-init alike. Default: none. */
  users?: pulumi.Input<pulumi.Input<User>[]>;
  /** Cloud-config, as text or object, merged recursively over the generated one. A secret in state. Default: none. */
  userData?: pulumi.Input<string | Record<string, unknown>>;
  /**
   * Targets of the seed; at least one, each without `formats`. The seed contains the secrets of the site as plain text:
   * choose targets that others cannot read.
   */
  publishTo: pulumi.Input<pulumi.Input<Target>[]>;
  /** Number of former seeds that stay published after replacements. Default: 0. */
  keepPrevious?: pulumi.Input<number>;
}

/**
 * The user-data of one site or host as a small ISO with the label `cidata`, for the CD drive of a machine that is made from
 * a golden image: one image without a token serves many sites.
 *
 * Kairos reads the seed once, at the first boot on site, and keeps a copy in `/oem/95_userdata`: a host that has booted
 * ignores other seeds. A changed seed has another URL, so that a machine with the URL in its CD drive is replaced or
 * updated. Nothing is installed for a seed; only xorriso is required.
 */
export class SiteSeed extends PublishedResource {
  /** SHA-256 of the content of the seed. It is slow to compute, to prevent guessing of secrets. */
  declare public readonly seedKey: pulumi.Output<string>;

  constructor(name: string, args: SiteSeedArgs, options?: pulumi.CustomResourceOptions);
  /** With the option `id`, an existing seed is read, as by `SiteSeed.get`. */
  constructor(name: string, args: ExistingImageArgs, options: ReadOptions);
  constructor(
    name: string,
    args: SiteSeedArgs | ExistingImageArgs,
    options?: pulumi.CustomResourceOptions,
  ) {
    if (options?.import !== undefined) throw importRefused(name);
    if (options?.id !== undefined) requireOnlyTargets(name, args);
    super({ stub: siteSeedStub, type: "SiteSeed", outputNames: ["seedKey"] }, name, args, options);
  }

  /**
   * Reads a seed that another stack or another program owns, from its record at one of the targets. This stack never
   * creates, changes or deletes it.
   *
   * `id` is the `id` of the resource that created it, `<name>-<12 digits of the seed key>`, or the full seed key.
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    args: ExistingImageArgs,
    options?: pulumi.CustomResourceOptions,
  ): SiteSeed {
    return new SiteSeed(name, args, { ...options, id });
  }

  /**
   * Returns the ISO at a target. Default target: the first one. In a preview the output is known if `up` will not change
   * the ISO.
   */
  artifact(target?: string): pulumi.Output<Artifact> {
    return this.artifactAt((places) => atPlace(places, "seed", target));
  }
}

/** On import, the engine runs the dynamic provider without its code, which only a program provides, and crashes. */
function importRefused(name: string): pulumi.RunError {
  return new pulumi.RunError(
    `SiteSeed "${name}": the option \`import\` is not supported by dynamic resources. Remove it: an existing seed with the same content is adopted.`,
  );
}

/** An existing seed is read unchanged; other arguments would be ignored. */
function requireOnlyTargets(name: string, args: SiteSeedArgs): void {
  const { palette, users, userData, keepPrevious } = args;
  const ignored = Object.entries({ palette, users, userData, keepPrevious })
    .filter(([, value]) => value !== undefined)
    .map(([field]) => `\`${field}\``);
  if (ignored.length === 0) return;
  throw new pulumi.RunError(
    `SiteSeed "${name}": with the option \`id\` an existing seed is read, and ${ignored.join(", ")} would be ignored. Remove \`id\` to create a seed, or give only \`publishTo\` to read one, as with \`SiteSeed.get\`.`,
  );
}
