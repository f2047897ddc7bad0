export {
  StylusImage,
  type AdoptedArgs,
  type ExistingImageArgs,
  type ImageArgs,
  type InstalledArgs,
  type StylusImageArgs,
} from "./stylus-image";
export type {
  DirectoryTarget,
  Format,
  Installer,
  LocalHost,
  Machine,
  Palette,
  Qcow2Format,
  RawFormat,
  S3Target,
  Target,
  Timeouts,
  User,
  Verify,
} from "./stylus-image-args";
export { artifact, type Artifact, type Place, type StylusImageOutputs } from "./outputs";
