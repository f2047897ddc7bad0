import type { FormatOf } from "../../schema/formats";
import { MiB } from "../../base/size";
import { hardwareItems } from "./hardware";
import { advancedSettings } from "./settings";
import { xmlDocument, type XmlElement } from "../../base/xml";

/** Sizes of the OVA's disk in bytes. */
export interface OvfDisk {
  /** Of the VMDK: importers announce it as the length of what they send. */
  readonly fileSize: number;
  /** What the guest sees. */
  readonly capacity: number;
  /** What of it is not zero. */
  readonly populated: number;
}

/** Names inside an OVA. They are the same in every one, so an OVA does not depend on its image's name. */
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
          // The default, but the vCenter simulator takes a capacity without it for KiB.
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
    // Said either way: products differ in what they take where nothing is said.
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

/** vSphere takes memory in multiples of 4 MB. */
function megabytesOf(memory: number): number {
  return 4 * Math.ceil(memory / (4 * MiB));
}

/** CIM's number of an operating system: 101 is "Linux 64-Bit", 1 "Other"; `vmw:osType` is what vSphere reads. */
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

/** Attributes of an OVF carry its prefix. */
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

/** Not required: a reader that is not VMware's may pass over it. */
function config(name: string, key: string, value: string): XmlElement {
  const attributes = { "ovf:required": "false", "vmw:key": key, "vmw:value": value };
  return { name, attributes, content: [] };
}
