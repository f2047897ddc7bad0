import * as pulumi from "@pulumi/pulumi";
import {
  artifactsOf,
  chosen,
  type Artifact,
  type ImageFacts,
  type PlaceChoice,
  type StylusImageOutputs,
} from "../outputs";
import { isPlain, settled, type Inputs } from "./deep-inputs";

/** An image, or one artifact of it, as plain data: such as what a StackReference gives. */
export type ImageData = StylusImageOutputs | Artifact;

/** A `StylusImage`, as far as it is needed here. */
export interface ImageResource {
  artifactAt(choose: PlaceChoice): pulumi.Output<Artifact>;
  readonly facts: pulumi.Output<ImageFacts>;
}

/**
 * What an image can be given as in a Pulumi program. The resource itself is the best: its artifacts are known in a
 * preview as far as `up` will not make them anew, while `image.outputs` is known as a whole or not at all.
 */
export type ImageSource = ImageResource | pulumi.OutputInstance<ImageData>;

export interface Located {
  readonly artifact: Artifact;
  /** Empty where one artifact is all that is given. */
  readonly facts: Partial<ImageFacts>;
}

/** How something is derived from an image. */
export interface Derivation<O, R> {
  readonly choose: (options: O) => PlaceChoice;
  readonly make: (located: Located, options: O) => R;
}

/** Plain data of plain data, an output of anything else. */
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
  return settled<O>({ ...options }).apply((plain) =>
    locateInput(from, choose(plain)).apply((located) => make(located, plain)),
  );
}

function locateInput(from: ImageSource | ImageData, choose: PlaceChoice): pulumi.Output<Located> {
  if (isImage(from)) {
    return pulumi
      .all([from.artifactAt(choose), from.facts])
      .apply(([artifact, facts]) => ({ artifact, facts }));
  }
  return settled<ImageData>(from).apply((data) => locate(data, choose));
}

function isImage(from: ImageSource | ImageData): from is ImageResource {
  return pulumi.Resource.isInstance(from) && "artifactAt" in from;
}

/** What a StackReference gives may be undefined. */
function locate(data: ImageData | undefined, choose: PlaceChoice): Located {
  if (data !== undefined && "artifactKey" in data) {
    // So that one artifact is refused for the same reasons as one of several.
    choose([data]);
    return { artifact: data, facts: {} };
  }
  return { artifact: chosen(artifactsOf(data), choose), facts: data ?? {} };
}
