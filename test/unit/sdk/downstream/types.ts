import type {
  V1beta1DataImportCron,
  V1beta1DataVolume,
  V1beta1DataVolumeSource,
} from "@kubevirt-ui-ext/kubevirt-api/containerized-data-importer";
import type { V1DataVolumeTemplateSpec, V1Volume } from "@kubevirt-ui-ext/kubevirt-api/kubevirt";
import type { Input, Output } from "@pulumi/pulumi";
import type {
  cloudInitNoCloud,
  CloudInitNoCloudVolume,
  containerDiskVolume,
  ContainerDiskVolume,
  ContentLibraryItem,
  ContentLibraryItemArgs,
  DataImportCron,
  DataImportCronArgs,
  DataVolumeSource,
  dataVolumeSource,
  DataVolumeTemplate,
  DataVolumeTemplateArgs,
  OvfDeployment,
  OvfDeploymentArgs,
  TemplateClone,
  TemplateCloneArgs,
} from "../../../../sdk";

/**
 * Nothing here runs: the compiler is the test. KubeVirt's types have enumerations, whose values are the texts that we
 * give, but which TypeScript tells from texts.
 */
type WithTexts<T> = T extends string
  ? `${T}`
  : T extends Date | undefined | number | boolean
    ? T
    : { [K in keyof T]: WithTexts<T[K]> };

type Fits<Given extends Taken, Taken> = [Given, Taken];

/** Arguments as `@pulumi/vsphere` 4.16 declares them, of the fields that we give. */
interface VirtualMachineArgs {
  ovfDeploy?: Input<VirtualMachineOvfDeploy>;
  clone?: Input<VirtualMachineClone>;
  disks?: Input<Input<VirtualMachineDisk>[]>;
  numCpus?: Input<number>;
  memory?: Input<number>;
  firmware?: Input<string>;
  efiSecureBootEnabled?: Input<boolean>;
  guestId?: Input<string>;
  scsiType?: Input<string>;
  extraConfig?: Input<Record<string, Input<string>> | undefined>;
}
interface VirtualMachineOvfDeploy {
  allowUnverifiedSslCert?: Input<boolean>;
  deploymentOption?: Input<string>;
  diskProvisioning?: Input<string>;
  enableHiddenProperties?: Input<boolean>;
  ipAllocationPolicy?: Input<string>;
  ipProtocol?: Input<string>;
  localOvfPath?: Input<string>;
  ovfNetworkMap?: Input<Record<string, Input<string>>>;
  remoteOvfUrl?: Input<string>;
}
interface VirtualMachineClone {
  linkedClone?: Input<boolean>;
  templateUuid: Input<string>;
}
interface VirtualMachineDisk {
  label: Input<string>;
  size?: Input<number>;
  thinProvisioned?: Input<boolean>;
}
interface LibraryItemArgs {
  description?: Input<string>;
  fileUrl?: Input<string>;
  name?: Input<string>;
  type?: Input<string>;
}
/** Arguments as `kubernetes.apiextensions.CustomResource` takes them. */
interface CustomResourceArgs {
  apiVersion: Input<string>;
  kind: Input<string>;
  metadata?: Input<{ name?: Input<string>; labels?: Input<Record<string, Input<string>>> }>;
}

/** Neither has a field that the other side does not know. */
type OnlyFieldsOf<Given, Taken> = Exclude<keyof Given, keyof Taken> extends never ? true : false;

export type Checks = [
  Fits<DataVolumeSource, WithTexts<V1beta1DataVolumeSource>>,
  Fits<DataVolumeTemplate, WithTexts<V1beta1DataVolume>>,
  Fits<DataVolumeTemplate, WithTexts<V1DataVolumeTemplateSpec>>,
  Fits<DataImportCron, WithTexts<V1beta1DataImportCron>>,
  Fits<ContainerDiskVolume, WithTexts<V1Volume>>,
  Fits<CloudInitNoCloudVolume, WithTexts<V1Volume>>,
  Fits<ReturnType<typeof containerDiskVolume>, Input<WithTexts<V1Volume>>>,
  Fits<ReturnType<typeof cloudInitNoCloud>, Input<WithTexts<V1Volume>>>,
  Fits<ReturnType<typeof dataVolumeSource>, Output<DataVolumeSource>>,
  Fits<OvfDeployment, VirtualMachineArgs>,
  Fits<OvfDeploymentArgs, VirtualMachineArgs>,
  Fits<OnlyFieldsOf<OvfDeployment, VirtualMachineArgs>, true>,
  Fits<OnlyFieldsOf<OvfDeployment["ovfDeploy"], VirtualMachineOvfDeploy>, true>,
  Fits<TemplateClone, VirtualMachineArgs>,
  Fits<TemplateCloneArgs, VirtualMachineArgs>,
  Fits<OnlyFieldsOf<TemplateClone, VirtualMachineArgs>, true>,
  Fits<OnlyFieldsOf<TemplateClone["clone"], VirtualMachineClone>, true>,
  Fits<OnlyFieldsOf<TemplateClone["disks"][number], VirtualMachineDisk>, true>,
  Fits<ContentLibraryItem, LibraryItemArgs>,
  Fits<ContentLibraryItemArgs, LibraryItemArgs>,
  Fits<OnlyFieldsOf<ContentLibraryItem, LibraryItemArgs>, true>,
  Fits<DataVolumeTemplateArgs, CustomResourceArgs>,
  Fits<DataImportCronArgs, CustomResourceArgs>,
];
