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
import { PublishedResource, sinceKnown, type ReadOptions } from "./published-resource";
import { stylusImageStub } from "./stub";
import type { Installer, LocalHost, Machine, Target, Timeouts, Verify } from "./stylus-image-args";
import type { Palette, User } from "./user-data-args";

/** What a user says of an image: what it is made from, or which existing one is taken. */
export type StylusImageArgs = ImageArgs & (InstalledArgs | AdoptedArgs);

/** An image that is made, unless a record at a target knows the very same one already. */
export interface InstalledArgs {
  /** The installer ISO: an address, a path, or an object that also pins it. */
  installer: pulumi.Input<string | Installer>;
  adopt?: pulumi.Input<string>;
}

/** An image that exists: another stack's, one of a lost state, or one that `stylus-image build` made. */
export interface AdoptedArgs {
  /**
   * Install key (64 hexadecimal digits) of the image that is taken, whatever the other arguments would give; the
   * `installKey` of the resource that made it, or of `stylus-image build --json`. Its record lies at a target of
   * `publishTo`, or in this machine's cache. Nothing is ever installed for it: formats that it lacks are converted from
   * its base disk in the cache or from a `raw` or `qcow2` at a target, and where neither is, that is an error.
   *
   * Where the installer is a file or pinned, `adopt` can be left out later: the same key means no change.
   */
  adopt: pulumi.Input<string>;
  installer?: pulumi.Input<string | Installer>;
}

/** What `StylusImage.get` needs to find an image. */
export interface ExistingImageArgs {
  /** Targets where the image's record is looked for: directories and buckets. */
  publishTo: pulumi.Input<pulumi.Input<Target>[]>;
}

export interface ImageArgs {
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
   * the resource's URN: a renamed one begins anew.
   */
  keepPrevious?: pulumi.Input<number>;
  /** Says that the image is for one machine only, which allows a fixed `stylus.site.name`. Default false. */
  singleHost?: pulumi.Input<boolean>;
}

/** Each costs every program some promises, so only those that a user can read stand here. */
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

/** An installer ISO turned into verified, published images of a machine that is already installed. */
export class StylusImage extends PublishedResource {
  /** SHA-256 over everything that decides what the install left. */
  declare public readonly installKey: pulumi.Output<string>;
  declare public readonly installerSha256: pulumi.Output<string>;
  /** SHA-256 over the content of the disk; see the documentation for its definition. */
  declare public readonly contentDigest: pulumi.Output<string | undefined>;
  declare public readonly virtualSizeBytes: pulumi.Output<number>;
  declare public readonly firmware: pulumi.Output<"bios" | "uefi">;
  declare public readonly arch: pulumi.Output<"amd64">;
  /**
   * vSphere's identifier of the guest, as the OVA says it; without an OVA, and of an image that `get` reads, the usual
   * `other4xLinux64Guest`: no record tells an OVA's options.
   */
  declare public readonly guestId: pulumi.Output<string>;
  /** vSphere's name of the disk controller; likewise, the usual one being `pvscsi`. */
  declare public readonly scsiType: pulumi.Output<string>;
  declare public readonly recipe: pulumi.Output<string>;
  /**
   * Address of the report of the build that made the image: a page for people, at the first directory or bucket of
   * `publishTo`. It changes only with the image. Undefined where no target can hold it, and of an image that an
   * earlier version made.
   */
  declare public readonly reportUrl: pulumi.Output<string | undefined>;
  constructor(name: string, args: StylusImageArgs, options?: pulumi.CustomResourceOptions);
  /** With an `id` an existing image is read, as by `StylusImage.get`. */
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
   * An image that another stack, another program or the CLI owns, read from its record at one of the targets. It is
   * neither built nor changed nor ever deleted by this stack; to own it too, use `adopt`.
   *
   * `id` is the `id` of the resource that made it, `<name>-<12 digits of the install key>`, or the whole install key.
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
   * Everything about the image as one value without methods, to be exported: what a StackReference gives for it is
   * what the function `artifact` takes.
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
   * The artifact of that format, of the `target` named or of the first that has one. In a preview it is known as far
   * as `up` will not make it anew.
   */
  artifact(format: string, target?: string): pulumi.Output<Artifact> {
    return this.artifactAt((there) => atPlace(there, format, target));
  }

  /**
   * The template that the `vsphere` target named, or the first with a library, makes of the OVA: name, inventory path
   * and UUID, which follow from content and `deploy`. Known in a preview as an artifact is.
   */
  template(target?: string): pulumi.Output<Template> {
    return this.artifactAt(choosePlace(templateReader, { target })).apply(templateOf);
  }

  /** What a virtual machine of the image has to be told. In a preview it is known where an artifact is. */
  get facts(): pulumi.Output<ImageFacts> {
    const { virtualSizeBytes, firmware, guestId, scsiType } = this;
    return sinceKnown(
      virtualSizeBytes,
      () => pulumi.output({ virtualSizeBytes, firmware, guestId, scsiType }),
      () => this.known.apply((known) => known?.facts),
    );
  }
}

/** The engine imports without the provider's code, which only a program brings along; the message would be its crash. */
function importRefused(name: string): pulumi.RunError {
  return new pulumi.RunError(
    `StylusImage "${name}": the option \`import\` cannot work with a dynamic resource. To take over an image that exists, leave the option out and give its install key: \`adopt: "<64 hexadecimal digits>"\`, the \`installKey\` that \`stylus-image build --json\` or the resource that made it shows. To read it only, use \`StylusImage.get\`.`,
  );
}
