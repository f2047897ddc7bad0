import * as pulumi from "@pulumi/pulumi";
import {
  chosen,
  isAt,
  type Artifact,
  type ImageFacts,
  type Place,
  type PlaceChoice,
} from "./outputs";
import { plainData } from "./plain-data";
import { toldRoot } from "./project-root";
import { requireProviderEntry } from "./provider-entry";
import { sealOf, withSecrets } from "./secrets";
import { stopStackTraces } from "./stack-traces";

/** One kind of resource of this package. */
export interface PublishedKind {
  /** The dynamic provider, which Pulumi writes into state. */
  readonly stub: pulumi.dynamic.ResourceProvider;
  /** Type name in the URN. */
  readonly type: string;
  /** Outputs besides the shared ones. Only those that a user can read, because each costs several promises. */
  readonly outputNames: readonly string[];
}

/** Options of a resource that is only read. */
export type ReadOptions = pulumi.CustomResourceOptions & { readonly id: pulumi.Input<pulumi.ID> };

const sharedOutputs = ["artifacts", "schemaVersion", "instance", "pending", "missing", "known"];

/** A resource whose artifacts are published at targets: `StylusImage` and `SiteSeed`. */
export abstract class PublishedResource extends pulumi.dynamic.Resource {
  /** The published artifacts, in the order of `publishTo`, then `formats`. */
  declare public readonly artifacts: pulumi.Output<Artifact[]>;
  /** Version of the format of the outputs. */
  declare public readonly schemaVersion: pulumi.Output<number>;
  /** Identity of this resource instance among the owners of the image. */
  declare public readonly instance: pulumi.Output<string>;
  /** Artifacts that are not published yet, after a failed update. */
  declare public readonly pending: pulumi.Output<Place[]>;
  /** Artifacts that `refresh` found missing or altered. */
  declare public readonly missing: pulumi.Output<Place[]>;
  declare protected readonly known: pulumi.Output<
    { places: Place[]; artifacts: Artifact[]; facts?: ImageFacts } | undefined
  >;

  protected constructor(
    { stub, type, outputNames }: PublishedKind,
    name: string,
    given: object,
    options: pulumi.CustomResourceOptions | undefined,
  ) {
    requireProviderEntry();
    const args = plainData(given, `${type} "${name}"`);
    const names = [...sharedOutputs, ...outputNames];
    const inputs = {
      ...Object.fromEntries(names.map((output) => [output, undefined])),
      ...withSecrets(args),
      ...toldRoot(),
      sealed: sealOf(args, options?.ignoreChanges),
      selfUrn: pulumi.createUrn(
        name,
        `pulumi-nodejs:dynamic/stylus-image:${type}`,
        options?.parent,
      ),
    };
    // Targets of a former update: `withSecrets` did not mark their credentials in these inputs.
    // `sealed` is secret as a whole.
    const additionalSecretOutputs = ["formerTargets", "sealed"];
    const merged = pulumi.mergeOptions(options, { additionalSecretOutputs });
    const resumeStackTraces = stopStackTraces();
    try {
      super(stub, name, inputs, merged, "stylus-image", type);
    } catch (thrown) {
      resumeStackTraces();
      // Makes the stack trace point to the program's line that creates the resource.
      if (thrown instanceof Error) Error.captureStackTrace(thrown);
      throw thrown;
    } finally {
      resumeStackTraces();
    }
  }

  /** The artifact at the place that `choose` selects. Known in a preview if `up` will not change it. */
  artifactAt(choose: PlaceChoice): pulumi.Output<Artifact> {
    return finalOrPreviewed(
      this.artifacts,
      () => this.artifacts.apply((artifacts) => chosen(artifacts, choose)),
      () =>
        this.known.apply((known) => {
          // Selected from all requested places: `up` selects from them too, whether or not they are published yet.
          const place = known === undefined ? undefined : choose(known.places);
          return known?.artifacts.find((it) => place !== undefined && isAt(it, place));
        }),
    );
  }
}

/**
 * The final value, or in a preview of a resource that changes the previewed value. A previewed value of undefined is shown
 * as computed.
 */
export function finalOrPreviewed<T>(
  output: pulumi.Output<unknown>,
  final: () => pulumi.Output<T>,
  previewed: () => pulumi.Output<T | undefined>,
): pulumi.Output<T> {
  if (!pulumi.runtime.isDryRun()) return final();
  const orComputed = (): pulumi.Output<T> =>
    // `pulumi.unknown` marks a computed value in a preview; it has no type.
    previewed().apply((value) => value ?? (pulumi.unknown as unknown as T));
  // In a preview, the outputs are known if the resource does not change.
  return pulumi.output(isKnown(output)).apply((known) => (known ? final() : orComputed()));
}

/** Whether an output has a value. Pulumi's public type lacks `isKnown`, which every output has. */
async function isKnown(output: object): Promise<boolean> {
  return "isKnown" in output && (await output.isKnown) === true;
}
