import * as pulumi from "@pulumi/pulumi";
import { choosePlace } from "./downstream/choose-place";
import { templateReader } from "./downstream/template-reader";
import type { Format } from "./format-args";
import {
  atPlace,
  templateOf,
  type Artifact,
  type ImageFacts,
  type StylusImageOutputs,
  type Template,
} from "./outputs";
import { PublishedResource, finalOrPreviewed, type ReadOptions } from "./published-resource";
import { stylusImageStub } from "./stub";
import type { Installer, LocalHost, Machine, Timeouts, Verify } from "./stylus-image-args";
import type { Target } from "./target-args";
import type { Palette, User } from "./user-data-args";

/** Arguments of a `StylusImage`: either an installer, or the install key of an existing image. */
export type StylusImageArgs = ImageArgs & (InstalledArgs | AdoptedArgs);

/** Builds an image from an installer, or adopts an existing one with the same install key. */
export interface InstalledArgs {
  /** The installer ISO: a URL, a path, or an object with options. */
  installer: pulumi.Input<string | Installer>;
  adopt?: pulumi.Input<string>;
}

/** Adopts an existing image of another stack, of a lost state, or of `stylus-image build`. */
export interface AdoptedArgs {
  /**
   * Install key of the image, 64 hexadecimal digits: the output `installKey` of the resource that built it, or of
   * `stylus-image build --json`. It takes precedence over the key that the other arguments would give. A record of the
   * image must exist at a target of `publishTo` or in the local cache. Nothing is installed: missing formats are converted
   * from the base disk in the cache, or from a `raw` or `qcow2` at a target; if there is none, the operation fails.
   *
   * If the installer is a file or pinned, `adopt` can be removed later without a change of the image.
   */
  adopt: pulumi.Input<string>;
  installer?: pulumi.Input<string | Installer>;
}

/** Arguments of `StylusImage.get` and `SiteSeed.get`. */
export interface ExistingImageArgs {
  /** Targets that may hold the record of the image: directories and buckets. */
  publishTo: pulumi.Input<pulumi.Input<Target>[]>;
}

/** Arguments of a `StylusImage` other than its installer. */
export interface ImageArgs {
  /** Registration with Palette; the `stylus.site` section of the user-data. Default: none. */
  palette?: pulumi.Input<Palette>;
  /** Login users of the installed machine. Default: none; there is no default login. */
  users?: pulumi.Input<pulumi.Input<User>[]>;
  /** Cloud-config, as text or object, merged recursively over the generated one. A secret in state. Default: none. */
  userData?: pulumi.Input<string | Record<string, unknown>>;
  /** The virtual machine of the installation. Default: 100 GiB disk, BIOS. */
  machine?: pulumi.Input<Machine>;
  /** Formats of the artifacts. Default: `["qcow2"]`. */
  formats?: pulumi.Input<pulumi.Input<Format>[]>;
  /** Targets of the artifacts; at least one. */
  publishTo: pulumi.Input<pulumi.Input<Target>[]>;
  /** Where QEMU runs. Default: `{ type: "local" }`. */
  buildHost?: pulumi.Input<LocalHost>;
  /** How the image is verified. Default: one boot, and a structural check of each artifact. */
  verify?: pulumi.Input<Verify>;
  /** Time limits of the stages. */
  timeouts?: pulumi.Input<Timeouts>;
  /**
   * Plain data: text, numbers, switches, lists and objects of these, files as Pulumi assets; a change replaces the image.
   * Other values, such as a `Date` or a `Map`, are refused, because Pulumi does not pass on their content. Default: none.
   */
  triggers?: pulumi.Input<unknown[]>;
  /** `latest` installs with the newest recipe. Default: the recipe of the existing image, the newest for a new image. */
  recipe?: pulumi.Input<"latest">;
  /**
   * Number of former images that stay published after replacements. Returning to their inputs adopts them without an
   * installation. Older images are removed, even with `retainOnDelete`, and all of them with the resource. With
   * `deleteBeforeReplace` no image is kept. Images belong to the URN of the resource: after a rename, former images are
   * not found. Default: 0.
   */
  keepPrevious?: pulumi.Input<number>;
  /** The image is for a single machine, which allows a fixed `stylus.site.name`. Default: false. */
  singleHost?: pulumi.Input<boolean>;
}

/** Only outputs that a user can read, because each costs several promises. */
const outputNames = [
  "installKey",
  "installerSha256",
  "contentDigest",
  "virtualSizeBytes",
  "firmware",
  "arch",
  "guestId",
  "scsiType",
  "recipe",
  "reportUrl",
] as const;

/** An edge installer ISO, installed once in QEMU, verified, converted and published as virtual machine images. */
export class StylusImage extends PublishedResource {
  /** SHA-256 of everything that determines the installation. */
  declare public readonly installKey: pulumi.Output<string>;
  /** SHA-256 of the installer ISO. */
  declare public readonly installerSha256: pulumi.Output<string>;
  /** SHA-256 of the content of the disk; undefined if `iso` is the only format. */
  declare public readonly contentDigest: pulumi.Output<string | undefined>;
  /** Size of the disk in bytes. */
  declare public readonly virtualSizeBytes: pulumi.Output<number>;
  /** Firmware that the image boots with. */
  declare public readonly firmware: pulumi.Output<"bios" | "uefi">;
  /** CPU architecture. */
  declare public readonly arch: pulumi.Output<"amd64">;
  /**
   * vSphere guest identifier of the OVA. `other4xLinux64Guest` if there is no OVA, and for an image read by `get`, because
   * records do not contain the options of an OVA.
   */
  declare public readonly guestId: pulumi.Output<string>;
  /** vSphere disk controller of the OVA; in the same cases `pvscsi`. */
  declare public readonly scsiType: pulumi.Output<string>;
  /** Version of the recipe that the image was installed with. */
  declare public readonly recipe: pulumi.Output<string>;
  /**
   * URL of the build report, an HTML page at the first directory or bucket of `publishTo`. It changes only with the image.
   * Undefined if no target can hold it, or if an earlier version built the image.
   */
  declare public readonly reportUrl: pulumi.Output<string | undefined>;

  constructor(name: string, args: StylusImageArgs, options?: pulumi.CustomResourceOptions);
  /** With the option `id`, an existing image is read, as by `StylusImage.get`. */
  constructor(name: string, args: ExistingImageArgs, options: ReadOptions);
  constructor(
    name: string,
    args: StylusImageArgs | ExistingImageArgs,
    options?: pulumi.CustomResourceOptions,
  ) {
    if (options?.import !== undefined) throw importRefused(name);
    super({ stub: stylusImageStub, type: "StylusImage", outputNames }, name, args, options);
  }

  /**
   * Reads an image that another stack, another program or the CLI owns, from its record at one of the targets. This stack
   * never builds, changes or deletes it; use `adopt` to own it too.
   *
   * `id` is the `id` of the resource that built it, `<name>-<12 digits of the install key>`, or the full install key.
   */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    args: ExistingImageArgs,
    options?: pulumi.CustomResourceOptions,
  ): StylusImage {
    return new StylusImage(name, args, { ...options, id });
  }

  /**
   * All outputs as plain data, to be exported from a stack. The function `artifact` accepts the value that a
   * StackReference returns for it.
   */
  get outputs(): pulumi.Output<StylusImageOutputs> {
    return pulumi.output({
      artifacts: this.artifacts,
      installKey: this.installKey,
      installerSha256: this.installerSha256,
      contentDigest: this.contentDigest,
      virtualSizeBytes: this.virtualSizeBytes,
      firmware: this.firmware,
      arch: this.arch,
      guestId: this.guestId,
      scsiType: this.scsiType,
      recipe: this.recipe,
      reportUrl: this.reportUrl,
    });
  }

  /**
   * Returns the artifact of a format at a target. Default target: the first one that has the format. In a preview the
   * output is known if `up` will not change the artifact.
   */
  artifact(format: string, target?: string): pulumi.Output<Artifact> {
    return this.artifactAt((places) => atPlace(places, format, target));
  }

  /**
   * Returns the template that a `vsphere` target deploys from the OVA: name, inventory path and UUID, which are derived
   * from the content and `deploy`. Default target: the first one with a library. Known in a preview like an artifact.
   */
  template(target?: string): pulumi.Output<Template> {
    return this.artifactAt(choosePlace(templateReader, { target })).apply(templateOf);
  }

  /** Hardware settings for a virtual machine of the image. Known in a preview like an artifact. */
  get facts(): pulumi.Output<ImageFacts> {
    const { virtualSizeBytes, firmware, guestId, scsiType } = this;
    return finalOrPreviewed(
      virtualSizeBytes,
      () => pulumi.output({ virtualSizeBytes, firmware, guestId, scsiType }),
      () => this.known.apply((known) => known?.facts),
    );
  }
}

/** On import, the engine runs the dynamic provider without its code, which only a program provides, and crashes. */
function importRefused(name: string): pulumi.RunError {
  return new pulumi.RunError(
    `StylusImage "${name}": the option \`import\` is not supported by dynamic resources. To adopt an existing image, remove the option and set \`adopt: "<64 hexadecimal digits>"\` to its install key, which is the \`installKey\` of \`stylus-image build --json\` or of the resource that built it. To only read it, use \`StylusImage.get\`.`,
  );
}
