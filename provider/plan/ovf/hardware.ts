import type { XmlElement } from "../../base/xml";

export interface Hardware {
  readonly cpus: number;
  readonly megabytes: number;
  readonly scsiType: "pvscsi" | "lsilogic-sas";
  readonly networkType: "vmxnet3" | "e1000e";
  /** Name of the network adapter's logical network. */
  readonly network: string;
}

const scsiSubTypes = { pvscsi: "VirtualSCSI", "lsilogic-sas": "lsilogicsas" } as const;
const networkSubTypes = { vmxnet3: "VmxNet3", e1000e: "E1000e" } as const;

/** CIM_ResourceAllocationSettingData.ResourceType. */
const types = { processor: "3", memory: "4", scsi: "6", ethernet: "10", disk: "17" } as const;

const controller = "3";

/** The items of a virtual machine with one disk and one network card. */
export function hardwareItems(hardware: Hardware): XmlElement[] {
  const { cpus, megabytes, scsiType, networkType, network } = hardware;
  return [
    item({
      AllocationUnits: "hertz * 10^6",
      ElementName: `${cpus} virtual CPU(s)`,
      InstanceID: "1",
      ResourceType: types.processor,
      VirtualQuantity: String(cpus),
    }),
    item({
      AllocationUnits: "byte * 2^20",
      ElementName: `${megabytes} MB of memory`,
      InstanceID: "2",
      ResourceType: types.memory,
      VirtualQuantity: String(megabytes),
    }),
    item({
      Address: "0",
      ElementName: "SCSI controller 0",
      InstanceID: controller,
      ResourceSubType: scsiSubTypes[scsiType],
      ResourceType: types.scsi,
    }),
    item({
      AddressOnParent: "0",
      ElementName: "Hard disk 1",
      HostResource: "ovf:/disk/vmdisk1",
      InstanceID: "4",
      Parent: controller,
      ResourceType: types.disk,
    }),
    item({
      AddressOnParent: "7",
      AutomaticAllocation: "true",
      Connection: network,
      ElementName: "Network adapter 1",
      InstanceID: "5",
      ResourceSubType: networkSubTypes[networkType],
      ResourceType: types.ethernet,
    }),
  ];
}

/** CIM's schema is a sequence in alphabetical order, and strict readers require it. */
function item(properties: Readonly<Record<string, string>>): XmlElement {
  const sorted = Object.entries(properties).sort(([one], [other]) => (one < other ? -1 : 1));
  const content = sorted.map(([name, value]) => ({
    name: `rasd:${name}`,
    attributes: {},
    content: value,
  }));
  return { name: "Item", attributes: {}, content };
}
