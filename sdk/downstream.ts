export {
  cloudInitNoCloud,
  type CloudInitNoCloudVolume,
  type SiteData,
} from "./downstream/cloud-init-no-cloud";
export {
  containerDiskVolume,
  type ContainerDiskVolume,
  type ContainerDiskVolumeOptions,
} from "./downstream/container-disk-volume";
export {
  contentLibraryItemArgs,
  type ContentLibraryItem,
  type ContentLibraryItemArgs,
  type ContentLibraryItemOptions,
} from "./downstream/content-library-item-args";
export {
  dataImportCron,
  type DataImportCron,
  type DataImportCronArgs,
  type DataImportCronOptions,
} from "./downstream/data-import-cron";
export { datastorePath } from "./downstream/datastore-path";
export {
  dataVolumeSource,
  type ClaimSource,
  type DataVolumeSource,
  type DataVolumeSourceOptions,
} from "./downstream/data-volume-source";
export {
  dataVolumeTemplate,
  type DataVolumeTemplate,
  type DataVolumeTemplateArgs,
  type DataVolumeTemplateOptions,
} from "./downstream/data-volume-template";
export type { ImageData, ImageSource } from "./downstream/image-source";
export {
  ovfDeployArgs,
  type OvfDeployment,
  type OvfDeploymentArgs,
} from "./downstream/ovf-deploy-args";
export type { OvfDeployOptions } from "./downstream/ovf-deploy-options";
export {
  templateCloneArgs,
  type TemplateClone,
  type TemplateCloneArgs,
  type TemplateCloneOptions,
} from "./downstream/template-clone-args";
