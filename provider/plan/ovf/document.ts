import type { FormatOf } from "../../schema/formats";
import { MiB } from "../../base/size";
import { hardwareItems } from "./hardware";
import { advancedSettings } from "./settings";
import { xmlDocument, type XmlElement } from "../../base/xml";

/** Sizes of the OVA's disk in bytes. */
export interface OvfDisk {
  /** Size of the VMDK file. Importers announce it as the length of the upload. */
  readonly fileSize: number;
  /** Size of the disk in the guest. */
  readonly capacity: number;
  /** Bytes that are not zero. */
  readonly populated: number;
}

/** File names in an OVA. They are the same in every OVA, so that its bytes do not depend on the image's name. */
export const ovaNames = {
  ovf: "image.ovf",
  manifest: "image.mf",
  disk: "image-disk1.vmdk",
} as const;

const network = "VM Network";
const id = "image";

/** OVF 1.0/1.1 (DSP0243) as vSphere, ovftool, Proxmox and Nutanix read it. */
export function ovfDocument(format: FormatOf<"ova">, disk: OvfDisk): string {
  return xmlDocument({
    name: "Envelope",
    attributes: namespaces,
    content: [
      parent("References", {}, [
        leaf("File", { href: ovaNames.disk, id: "file1", size: String(disk.fileSize) }),
      ]),
      section("DiskSection", "Virtual disks", [
        leaf("Disk", {
          capacity: String(disk.capacity),
          // The default, but the vCenter simulator reads a capacity without it as KiB.
          capacityAllocationUnits: "byte",
          diskId: "vmdisk1",
          fileRef: "file1",
          format: "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized",
          populatedSize: String(disk.populated),
        }),
      ]),
      section("NetworkSection", "Logical networks", [
        parent("Network", { name: network }, [
          text("Description", "The virtual machine's network"),
        ]),
      ]),
      parent("VirtualSystem", { id }, [
        text("Info", "A virtual machine"),
        text("Name", id),
        {
          name: "OperatingSystemSection",
          attributes: { "ovf:id": operatingSystem(format.guestId), "vmw:osType": format.guestId },
          content: [text("Info", "The guest's operating system")],
        },
        section("VirtualHardwareSection", "Virtual hardware", hardware(format)),
      ]),
    ],
  });
}

function hardware(format: FormatOf<"ova">): XmlElement[] {
  const isEfi = format.firmware === "uefi";
  const { cpus, scsiType, networkType } = format;
  return [
    parent("System", {}, [
      text("vssd:ElementName", "Virtual Hardware Family"),
      text("vssd:InstanceID", "0"),
      text("vssd:VirtualSystemIdentifier", id),
      text("vssd:VirtualSystemType", `vmx-${format.hardwareVersion}`),
    ]),
    ...hardwareItems({
      cpus,
      megabytes: megabytesOf(format.memory),
      scsiType,
      networkType,
      network,
    }),
    config("vmw:Config", "firmware", isEfi ? "efi" : "bios"),
    // Always written, because the default differs between products.
    config(
      "vmw:Config",
      "bootOptions.efiSecureBootEnabled",
      String(isEfi && format.secureBoot === true),
    ),
    ...advancedSettings(format.extraConfig).map(([key, value]) =>
      config("vmw:ExtraConfig", key, value),
    ),
  ];
}

/** vSphere requires multiples of 4 MB. */
function megabytesOf(memory: number): number {
  return 4 * Math.ceil(memory / (4 * MiB));
}

/** CIM's number of an operating system: 101 is "Linux 64-Bit", 1 "Other". vSphere reads `vmw:osType` instead. */
function operatingSystem(guestId: string): string {
  return linux.test(guestId) ? "101" : "1";
}

const linux =
  /linux|ubuntu|debian|rhel|sles|suse|centos|fedora|coreos|photon|asianux|mandriva|fusionos|pardus/i;

const schemas = "http://schemas.dmtf.org";
const cim = `${schemas}/wbem/wscim/1/cim-schema/2`;
const namespaces = {
  xmlns: `${schemas}/ovf/envelope/1`,
  "xmlns:ovf": `${schemas}/ovf/envelope/1`,
  "xmlns:rasd": `${cim}/CIM_ResourceAllocationSettingData`,
  "xmlns:vmw": "http://www.vmware.com/schema/ovf",
  "xmlns:vssd": `${cim}/CIM_VirtualSystemSettingData`,
};

function text(name: string, content: string): XmlElement {
  return { name, attributes: {}, content };
}

function leaf(name: string, attributes: Readonly<Record<string, string>>): XmlElement {
  return parent(name, attributes, []);
}

/** An element whose attributes have the prefix `ovf:`. */
function parent(
  name: string,
  attributes: Readonly<Record<string, string>>,
  content: readonly XmlElement[],
): XmlElement {
  const prefixed = Object.entries(attributes).map(([key, value]) => [`ovf:${key}`, value] as const);
  return { name, attributes: Object.fromEntries(prefixed), content };
}

function section(name: string, info: string, content: readonly XmlElement[]): XmlElement {
  return parent(name, {}, [text("Info", info), ...content]);
}

/** Not required: other readers than VMware's may ignore it. */
function config(name: string, key: string, value: string): XmlElement {
  const attributes = { "ovf:required": "false", "vmw:key": key, "vmw:value": value };
  return { name, attributes, content: [] };
}
