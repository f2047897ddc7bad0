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
  Format,
  FormatName,
  GceFormat,
  OvaFormat,
  Qcow2Format,
  RawFormat,
  VhdFormat,
  VmdkFormat,
} from "./format-args";
export type {
  CdiTarget,
  DirectoryTarget,
  Installer,
  LocalHost,
  Machine,
  HttpTarget,
  OciTarget,
  S3Target,
  Target,
  Timeouts,
  Verify,
  VsphereDeploy,
  VsphereTarget,
} from "./stylus-image-args";
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
