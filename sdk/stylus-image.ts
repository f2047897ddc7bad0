import * as pulumi from "@pulumi/pulumi";
import { artifact, atPlace, type Artifact, type Place } from "./outputs";
import { withSecrets } from "./secrets";
import { stylusImageStub } from "./stub";
import type {
  Format,
  Installer,
  LocalHost,
  Machine,
  Palette,
  Target,
  Timeouts,
  User,
  Verify,
} from "./stylus-image-args";

/** What a user says of an image. */
export interface StylusImageArgs {
  /** The installer ISO: an address, a path, or an object that also pins it. */
  installer: pulumi.Input<string | Installer>;
  /** Where the image registers with Palette; becomes `stylus.site` of the user-data. */
  palette?: pulumi.Input<Palette>;
  /** Login users. There is no default login. */
  users?: pulumi.Input<pulumi.Input<User>[]>;
  /** Cloud-config, as text or object, deep-merged over the generated one. Secret in state. */
  userData?: pulumi.Input<string | Record<string, unknown>>;
  machine?: pulumi.Input<Machine>;
  /** Default `["qcow2"]`. */
  formats?: pulumi.Input<pulumi.Input<Format>[]>;
  /** Where artifacts are published; at least one. */
  publishTo: pulumi.Input<pulumi.Input<Target>[]>;
  /** Default `{ type: "local" }`. */
  buildHost?: pulumi.Input<LocalHost>;
  verify?: pulumi.Input<Verify>;
  timeouts?: pulumi.Input<Timeouts>;
  /** Any values; a change of one makes a new install. */
  triggers?: pulumi.Input<unknown[]>;
  /** `latest` takes the newest recipe; otherwise the one of the existing image is kept. */
  recipe?: pulumi.Input<"latest">;
  /**
   * How many images stay published after a replacement; default 0. Going back to the inputs of one of them takes it
   * as it is, without an install. Older ones are removed, also under `retainOnDelete`, and all of them with the
   * resource. Under `deleteBeforeReplace` the replacement begins with that end, so that none stays. They belong to
   * the resource's URN: a renamed one begins anew, and stacks of one name in different backends must not share a
   * target where this is used.
   */
  keepPrevious?: pulumi.Input<number>;
  /** Says that the image is for one machine only, which allows a fixed `stylus.site.name`. Default false. */
  singleHost?: pulumi.Input<boolean>;
}

const outputNames = [
  "artifacts",
  "installKey",
  "installerSha256",
  "installerValidator",
  "requestKey",
  "contentDigest",
  "virtualSizeBytes",
  "firmware",
  "arch",
  "guestId",
  "scsiType",
  "recipe",
  "schemaVersion",
  "instance",
  "pending",
  "missing",
  "resolved",
  "known",
] as const;

/** An installer ISO turned into verified, published images of a machine that is already installed. */
export class StylusImage extends pulumi.dynamic.Resource {
  /** What is published where. */
  declare public readonly artifacts: pulumi.Output<Artifact[]>;
  /** SHA-256 over everything that decides what the install left. */
  declare public readonly installKey: pulumi.Output<string>;
  declare public readonly installerSha256: pulumi.Output<string>;
  /** SHA-256 over the content of the disk; see the README for its definition. */
  declare public readonly contentDigest: pulumi.Output<string>;
  declare public readonly virtualSizeBytes: pulumi.Output<number>;
  declare public readonly firmware: pulumi.Output<"bios" | "uefi">;
  declare public readonly arch: pulumi.Output<"amd64">;
  /** vSphere's identifier of the guest. */
  declare public readonly guestId: pulumi.Output<string>;
  /** vSphere's name of the disk controller. */
  declare public readonly scsiType: pulumi.Output<string>;
  declare public readonly recipe: pulumi.Output<string>;
  declare public readonly schemaVersion: pulumi.Output<number>;
  declare public readonly instance: pulumi.Output<string>;
  /** What is not published yet. */
  declare public readonly pending: pulumi.Output<Place[]>;
  /** What `refresh` found gone or altered. */
  declare public readonly missing: pulumi.Output<Place[]>;
  declare private readonly known: pulumi.Output<
    { places: Place[]; artifacts: Artifact[] } | undefined
  >;

  constructor(name: string, args: StylusImageArgs, options?: pulumi.CustomResourceOptions) {
    const outputs = Object.fromEntries(outputNames.map((output) => [output, undefined]));
    const inputs = {
      ...outputs,
      ...withSecrets(args),
      selfUrn: pulumi.createUrn(name, resourceType, options?.parent),
    };
    super(stylusImageStub, name, inputs, options, "stylus-image", "StylusImage");
  }

  /**
   * The artifact of that format, of the `target` named or of the first that has one. In a preview it is known as far
   * as `up` will not make it anew.
   */
  artifact(format: string, target?: string): pulumi.Output<Artifact> {
    const made = (): pulumi.Output<Artifact> =>
      this.artifacts.apply((artifacts) => artifact({ artifacts }, format, target));
    if (!pulumi.runtime.isDryRun()) return made();
    const foreseen = (): pulumi.Output<Artifact> =>
      this.known.apply((known): Artifact => {
        // `up` gives the first that is asked for, whether or not it is made already.
        const place = known === undefined ? undefined : atPlace(known.places, format, target);
        const found = known?.artifacts.find(
          (it) => it.format === place?.format && it.target === place.target,
        );
        // What a preview shows as computed has no type of its own.
        return found ?? (pulumi.unknown as unknown as Artifact);
      });
    // An image that does not change shows its outputs, and one that does its inputs.
    return pulumi.output(isKnown(this.artifacts)).apply((known) => (known ? made() : foreseen()));
  }
}

/** Every output has this, which its public type does not say: a preview's outputs may be unknown. */
async function isKnown(output: object): Promise<boolean> {
  return "isKnown" in output && (await output.isKnown) === true;
}

const resourceType = "pulumi-nodejs:dynamic/stylus-image:StylusImage";
