export {
  StylusImage,
  type AdoptedArgs,
  type ExistingImageArgs,
  type ImageArgs,
  type InstalledArgs,
  type StylusImageArgs,
} from "./stylus-image";
export type {
  ContainerDiskFormat,
  ContentBundle,
  Format,
  FormatName,
  GceFormat,
  IsoFormat,
  OvaFormat,
  Qcow2Format,
  RawFormat,
  VhdFormat,
  VmdkFormat,
} from "./format-args";
export type { Installer, LocalHost, Machine, Timeouts, Verify } from "./stylus-image-args";
export type { DirectoryTarget, HttpTarget, OciTarget, S3Target, Target } from "./target-args";
export type { VsphereDeploy, VsphereTarget } from "./vsphere-target-args";
export type { CdiTarget } from "./cdi-target-args";
export { SiteSeed, type SiteSeedArgs } from "./site-seed";
export type { NetworkInterface, Palette, SitePalette, User } from "./user-data-args";
export { presign, type PresignOptions } from "./presign";
export {
  artifact,
  templateOf,
  type Artifact,
  type Place,
  type StylusImageOutputs,
  type Template,
} from "./outputs";
export * from "./downstream";
