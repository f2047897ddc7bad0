import * as pulumi from "@pulumi/pulumi";
import {
  chosen,
  isAt,
  type Artifact,
  type ImageFacts,
  type Place,
  type PlaceChoice,
} from "./outputs";
import { requireProviderEntry } from "./provider-entry";
import { withSecrets } from "./secrets";
import { stopStackTraces } from "./stack-traces";

/** One kind of resource of this package. */
export interface PublishedKind {
  /** The provider as it is written into state. */
  readonly stub: pulumi.dynamic.ResourceProvider;
  /** Its name in every URN. */
  readonly type: string;
  /** Outputs of its own. Each costs every program some promises, so only those that a user can read. */
  readonly outputNames: readonly string[];
}

/** Options of what is only read. */
export type ReadOptions = pulumi.CustomResourceOptions & { readonly id: pulumi.Input<pulumi.ID> };

const sharedOutputs = ["artifacts", "schemaVersion", "instance", "pending", "missing", "known"];

/** What is made once, published at targets, and found there again. */
export abstract class PublishedResource extends pulumi.dynamic.Resource {
  /** What is published where. */
  declare public readonly artifacts: pulumi.Output<Artifact[]>;
  declare public readonly schemaVersion: pulumi.Output<number>;
  declare public readonly instance: pulumi.Output<string>;
  /** What is not published yet. */
  declare public readonly pending: pulumi.Output<Place[]>;
  /** What `refresh` found gone or altered. */
  declare public readonly missing: pulumi.Output<Place[]>;
  declare protected readonly known: pulumi.Output<
    { places: Place[]; artifacts: Artifact[]; facts?: ImageFacts } | undefined
  >;

  protected constructor(
    { stub, type, outputNames }: PublishedKind,
    name: string,
    args: object,
    options: pulumi.CustomResourceOptions | undefined,
  ) {
    requireProviderEntry();
    const names = [...sharedOutputs, ...outputNames];
    const inputs = {
      ...Object.fromEntries(names.map((output) => [output, undefined])),
      ...withSecrets(args),
      selfUrn: pulumi.createUrn(
        name,
        `pulumi-nodejs:dynamic/stylus-image:${type}`,
        options?.parent,
      ),
    };
    // They may hold credentials that no input of today marks.
    const additionalSecretOutputs = ["formerTargets"];
    const merged = pulumi.mergeOptions(options, { additionalSecretOutputs });
    const resumeStackTraces = stopStackTraces();
    try {
      super(stub, name, inputs, merged, "stylus-image", type);
    } catch (thrown) {
      resumeStackTraces();
      // Says where the program made the resource.
      if (thrown instanceof Error) Error.captureStackTrace(thrown);
      throw thrown;
    } finally {
      resumeStackTraces();
    }
  }

  /** The artifact at the place that `choose` takes of all that there are to be; known in a preview as by `artifact`. */
  artifactAt(choose: PlaceChoice): pulumi.Output<Artifact> {
    return sinceKnown(
      this.artifacts,
      () => this.artifacts.apply((artifacts) => chosen(artifacts, choose)),
      () =>
        this.known.apply((known) => {
          // `up` gives the first that is asked for, whether or not it is made already.
          const place = known === undefined ? undefined : choose(known.places);
          return known?.artifacts.find((it) => place !== undefined && isAt(it, place));
        }),
    );
  }
}

/** What was made; in a preview of an image that changes, what is foreseen of it, and computed where that is nothing. */
export function sinceKnown<T>(
  output: pulumi.Output<unknown>,
  made: () => pulumi.Output<T>,
  foreseen: () => pulumi.Output<T | undefined>,
): pulumi.Output<T> {
  if (!pulumi.runtime.isDryRun()) return made();
  const orComputed = (): pulumi.Output<T> =>
    // What a preview shows as computed has no type of its own.
    foreseen().apply((value) => value ?? (pulumi.unknown as unknown as T));
  // An image that does not change shows its outputs, and one that does its inputs.
  return pulumi.output(isKnown(output)).apply((known) => (known ? made() : orComputed()));
}

/** Every output has this, which its public type does not say: a preview's outputs may be unknown. */
async function isKnown(output: object): Promise<boolean> {
  return "isKnown" in output && (await output.isKnown) === true;
}
