import type { Unwrap } from "@pulumi/pulumi";
import type { z } from "zod";
import type { diskFormatSchema, formatSchema } from "../../../provider/schema/formats";
import type {
  imageSpecSchema,
  installerSchema,
  machineSchema,
  timeoutsSchema,
  userSchema,
  verifySchema,
} from "../../../provider/schema/image";
import type { paletteSchema, sitePaletteSchema } from "../../../provider/schema/palette";
import type {
  Destination,
  ImageState,
  Publication,
  Template,
} from "../../../provider/schema/state";
import type { targetSchema } from "../../../provider/schema/targets/target";
import type * as sdk from "../../../sdk/index";
import type { siteSeedSchema } from "../../../provider/schema/site-seed";

/** The members of a type, with required and optional ones apart, so that an optional member is never ignored. */
type Shape<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Shape<Item>[]
    : T extends object
      ? {
          required: { [K in keyof T as Partial<T> extends Pick<T, K> ? never : K]: Shape<T[K]> };
          optional: {
            [K in keyof T as Partial<T> extends Pick<T, K> ? K : never]-?: Shape<
              Exclude<T[K], undefined>
            >;
          };
        }
      : T;

/** `true` if both types have the same members, optional ones and the members of members included. */
type InStep<Public, Schema> = [Shape<Public>] extends [Shape<Schema>]
  ? [Shape<Schema>] extends [Shape<Public>]
    ? true
    : false
  : false;

type IsTrue<T extends true> = T;

// The public types are plain interfaces, which do not need zod. Each line stops compiling if the interface and the schema
// differ.
type OutputName = Exclude<keyof sdk.StylusImageOutputs, "installerSha256">;
export type Outputs = [
  IsTrue<InStep<sdk.Artifact, Publication>>,
  IsTrue<InStep<sdk.Place, Destination>>,
  IsTrue<InStep<sdk.Template, Template>>,
  // The images of a `StylusImage` always have an installer; the state of a `SiteSeed` has none.
  IsTrue<InStep<Omit<sdk.StylusImageOutputs, "installerSha256">, Pick<ImageState, OutputName>>>,
];
type FormatInput = z.input<(typeof formatSchema)["out"]>;
export type Inputs = [
  IsTrue<InStep<Unwrap<sdk.Installer>, z.input<(typeof installerSchema)["out"]>>>,
  IsTrue<InStep<Unwrap<sdk.Machine>, z.input<typeof machineSchema>>>,
  IsTrue<InStep<Unwrap<sdk.Verify>, z.input<typeof verifySchema>>>,
  IsTrue<InStep<Unwrap<sdk.Timeouts>, z.input<typeof timeoutsSchema>>>,
  IsTrue<InStep<Unwrap<sdk.User>, z.input<typeof userSchema>>>,
  IsTrue<InStep<Unwrap<sdk.Palette>, z.input<typeof paletteSchema>>>,
  IsTrue<InStep<Unwrap<sdk.SitePalette>, z.input<typeof sitePaletteSchema>>>,
  IsTrue<InStep<Unwrap<sdk.Target>, z.input<typeof targetSchema>>>,
  IsTrue<InStep<keyof sdk.StylusImageArgs, keyof z.input<typeof imageSpecSchema>>>,
  IsTrue<InStep<keyof sdk.SiteSeedArgs, keyof z.input<typeof siteSeedSchema>>>,
  IsTrue<
    InStep<
      Exclude<Unwrap<sdk.Format>, string | sdk.IsoFormat>,
      z.input<(typeof diskFormatSchema)["out"]>
    >
  >,
  // Its bundles are preprocessed, so the schema does not tell their type.
  IsTrue<InStep<keyof sdk.IsoFormat, keyof Extract<FormatInput, { type: "iso" }>>>,
  IsTrue<InStep<sdk.FormatName, FormatInput["type"]>>,
];

type Added = sdk.Artifact & { readonly more?: string };
// @ts-expect-error An optional member that the schema does not have.
export type OptionalMember = IsTrue<InStep<Added, Publication>>;
// @ts-expect-error A member that is optional in only one of them.
export type RequiredMember = IsTrue<InStep<Partial<sdk.Place>, Destination>>;

describe("Public types", () => {
  it("are in step with the schemas of inputs and outputs, by the types above", () => undefined);
});
