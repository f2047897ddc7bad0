import * as pulumi from "@pulumi/pulumi";
import {
  artifactsOf,
  chosen,
  type Artifact,
  type ImageFacts,
  type PlaceChoice,
  type StylusImageOutputs,
} from "../outputs";
import { isPlain, plainOutput, type Inputs } from "./deep-inputs";

/** The outputs of an image, or one artifact, as plain data, for example from a StackReference. */
export type ImageData = StylusImageOutputs | Artifact;

/** The part of a `StylusImage` that is used here. */
export interface ImageResource {
  artifactAt(choose: PlaceChoice): pulumi.Output<Artifact>;
  readonly facts: pulumi.Output<ImageFacts>;
}

/**
 * An image in a Pulumi program. Prefer the resource itself: in a preview, each of its artifacts is known if `up` will not
 * change it, but `image.outputs` only if nothing changes.
 */
export type ImageSource = ImageResource | pulumi.OutputInstance<ImageData>;

/** The selected artifact and the hardware settings of its image. */
export interface LocatedArtifact {
  readonly artifact: Artifact;
  /** Empty if the image was given as a single artifact. */
  readonly facts: Partial<ImageFacts>;
}

/** How to select an artifact, and what to derive from it. */
export interface Derivation<O, R> {
  readonly choose: (options: O) => PlaceChoice;
  readonly make: (located: LocatedArtifact, options: O) => R;
}

/** Derives plain data from plain data, and an output from anything else. */
export function derive<O extends object, R>(
  from: ImageSource | ImageData,
  options: O | Inputs<O>,
  derivation: Derivation<O, R>,
): R | pulumi.Output<R> {
  return isPlain<ImageData>(from) && isPlain<O>(options)
    ? derivePlain(from, options, derivation)
    : deriveOutput(from, options, derivation);
}

export function derivePlain<O, R>(
  from: ImageData,
  options: O,
  { choose, make }: Derivation<O, R>,
): R {
  return make(locate(from, choose(options)), options);
}

export function deriveOutput<O extends object, R>(
  from: ImageSource | ImageData,
  options: O | Inputs<O>,
  { choose, make }: Derivation<O, R>,
): pulumi.Output<R> {
  return plainOutput<O>({ ...options }).apply((plain) =>
    locateInput(from, choose(plain)).apply((located) => make(located, plain)),
  );
}

function locateInput(
  from: ImageSource | ImageData,
  choose: PlaceChoice,
): pulumi.Output<LocatedArtifact> {
  if (isImage(from)) {
    return pulumi
      .all([from.artifactAt(choose), from.facts])
      .apply(([artifact, facts]) => ({ artifact, facts }));
  }
  return plainOutput<ImageData>(from).apply((data) => locate(data, choose));
}

function isImage(from: ImageSource | ImageData): from is ImageResource {
  return pulumi.Resource.isInstance(from) && "artifactAt" in from;
}

/** The value of a StackReference may be undefined. */
function locate(data: ImageData | undefined, choose: PlaceChoice): LocatedArtifact {
  if (data !== undefined && "artifactKey" in data) {
    // Throws if the reader cannot read the artifact.
    choose([data]);
    return { artifact: data, facts: {} };
  }
  return { artifact: chosen(artifactsOf(data), choose), facts: data ?? {} };
}
