import * as pulumi from "@pulumi/pulumi";
import { atPlace, type Artifact } from "./outputs";
import { PublishedResource, type ReadOptions } from "./published-resource";
import { siteSeedStub } from "./site-seed-stub";
import type { ExistingImageArgs } from "./stylus-image";
import type { Target } from "./stylus-image-args";
import type { SitePalette, User } from "./user-data-args";

/** What a user says of a site. At least one of `palette`, `users` and `userData`. */
export interface SiteSeedArgs {
  /** Where and as what the host registers with Palette; becomes `stylus.site` of the user-data. */
  palette?: pulumi.Input<SitePalette>;
  /** Login users, besides those of the image. */
  users?: pulumi.Input<pulumi.Input<User>[]>;
  /** Cloud-config, as text or object, deep-merged over the generated one. Secret in state. */
  userData?: pulumi.Input<string | Record<string, unknown>>;
  /**
   * Where the seed is published; at least one, each without `formats`. It holds the secrets of the site in plain text:
   * choose a place where nobody else reads.
   */
  publishTo: pulumi.Input<pulumi.Input<Target>[]>;
  /** How many seeds stay published after a replacement; default 0. */
  keepPrevious?: pulumi.Input<number>;
}

/**
 * The user-data of one site or host as a small ISO labelled `cidata`, for a CD drive of a machine that is made from a
 * golden image: one image without a token serves many sites.
 *
 * Kairos reads it once, at the first boot on site, and keeps it (`/oem/95_userdata`): a host that has started does not
 * take another seed. A changed seed has another address, so that a machine whose CD drive takes it is replaced or told.
 * Nothing is installed for a seed; only xorriso is needed.
 */
export class SiteSeed extends PublishedResource {
  /** SHA-256 over all that is in the seed; slow to compute, so that nobody can try secrets against it fast. */
  declare public readonly seedKey: pulumi.Output<string>;

  constructor(name: string, args: SiteSeedArgs, options?: pulumi.CustomResourceOptions);
  /** With an `id` an existing seed is read, as by `SiteSeed.get`. */
  constructor(name: string, args: ExistingImageArgs, options: ReadOptions);
  constructor(
    name: string,
    args: SiteSeedArgs | ExistingImageArgs,
    options?: pulumi.CustomResourceOptions,
  ) {
    if (options?.import !== undefined) throw importRefused(name);
    if (options?.id !== undefined) requireNothingSaid(name, args);
    super({ stub: siteSeedStub, type: "SiteSeed", outputNames: ["seedKey"] }, name, args, options);
  }

  /**
   * A seed that another stack or another program owns, read from its record at one of the targets. It is neither made
   * nor changed nor ever deleted by this stack.
   *
   * `id` is the `id` of the resource that made it, `<name>-<12 digits of the seed key>`, or the whole seed key.
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    args: ExistingImageArgs,
    options?: pulumi.CustomResourceOptions,
  ): SiteSeed {
    return new SiteSeed(name, args, { ...options, id });
  }

  /** The ISO at the `target` named, or at the first. In a preview it is known as far as `up` will not make it anew. */
  artifact(target?: string): pulumi.Output<Artifact> {
    return this.artifactAt((there) => atPlace(there, "seed", target));
  }
}

/** The engine imports without the provider's code, which only a program brings along; the message would be its crash. */
function importRefused(name: string): pulumi.RunError {
  return new pulumi.RunError(
    `SiteSeed "${name}": the option \`import\` cannot work with a dynamic resource. Leave it out: where the same seed is at the targets already, it is taken as it is.`,
  );
}

/** What is read is as it is: what a program says of the site besides would go unheard. */
function requireNothingSaid(name: string, args: SiteSeedArgs): void {
  const { palette, users, userData, keepPrevious } = args;
  const said = Object.entries({ palette, users, userData, keepPrevious })
    .filter(([, value]) => value !== undefined)
    .map(([field]) => `\`${field}\``);
  if (said.length === 0) return;
  throw new pulumi.RunError(
    `SiteSeed "${name}": with the option \`id\` a seed that exists is read as it is, and ${said.join(", ")} would change nothing. Leave \`id\` out to make a seed, or give \`publishTo\` alone to read one, as \`SiteSeed.get\` does.`,
  );
}
