import assert from "node:assert/strict";
import type { Plan } from "../../../provider/plan/plan";
import {
  installArguments,
  verifyArguments,
  type HostFacts,
} from "../../../provider/plan/qemu-arguments";
import { findRecipe, type Recipe } from "../../../provider/plan/recipe";
import { GiB, MiB } from "../../../provider/base/size";

const recipe = findRecipe("1") as Recipe;
const machine: Plan["machine"] = {
  firmware: "bios",
  secureBoot: false,
  diskSize: 100 * GiB,
  network: "isolated",
  accelerator: "auto",
};
const host: HostFacts = {
  accelerator: "kvm",
  cpuModel: "host",
  cpus: 3,
  memoryBytes: 2 * GiB + MiB - 1,
  socketDirectory: "/tmp/s",
};
const identity = { uuid: "u-u-i-d", mac: "52:54:00:01:02:03", serial: "5e71a1" };
const files = {
  disk: "/b/disk.raw",
  cds: ["/i/a.iso", "/b/seed.iso"],
  serialLog: "/l/s.log",
};
const verifyFiles = { overlay: "/b/o.qcow2", seed: "/b/v.iso", serialLog: "/l/v.log" };
const uefi = { code: "/fw/code.fd", variables: "/tmp/s/vars.fd" };

const install = (
  change: Partial<Plan["machine"]> = {},
  facts: Partial<HostFacts> = {},
  paths: Partial<typeof files> = {},
) =>
  installArguments({ ...machine, ...change }, recipe, { ...host, ...facts }, identity, {
    ...files,
    ...paths,
  });
const verify = (change: Partial<Plan["machine"]> = {}, facts: Partial<HostFacts> = {}) =>
  verifyArguments({ ...machine, ...change }, recipe, { ...host, ...facts }, identity, verifyFiles);

/** All values of that option. */
const valuesOf = (argv: readonly string[], option: string): string[] =>
  argv.flatMap((word, index) => (word === option ? [argv[index + 1] ?? ""] : []));
const nodesOf = (argv: readonly string[]): unknown[] =>
  valuesOf(argv, "-blockdev").map((text) => JSON.parse(text) as unknown);

const disk = (filename: string, driver: string) => [
  {
    driver: "file",
    "node-name": "disk-file",
    filename,
    discard: "unmap",
    cache: { "no-flush": true, direct: false },
  },
  {
    driver,
    "node-name": "disk",
    file: "disk-file",
    discard: "unmap",
    "detect-zeroes": "unmap",
    cache: { "no-flush": true, direct: false },
  },
];
const cd = (name: string, filename: string) => ({
  driver: "raw",
  "node-name": name,
  "read-only": true,
  file: { driver: "file", filename, "read-only": true },
});
const common = [
  "virtio-net-pci,netdev=net0,mac=52:54:00:01:02:03,romfile=",
  "virtio-rng-pci",
  "pvpanic",
  "VGA",
];
const systemDisk = (bootIndex: number) =>
  `virtio-blk-pci,id=system-disk,drive=disk,iothread=disk-thread,bootindex=${bootIndex},rerror=stop,werror=stop,serial=5e71a1`;

describe("installArguments", () => {
  it("describe the whole machine under a BIOS", () => {
    const argv = install();
    assert.deepEqual(argv.slice(0, 6), [
      "-name",
      "stylus-image",
      "-nodefaults",
      "-no-user-config",
      "-no-reboot",
      "-S",
    ]);
    for (const [option, values] of [
      ["-machine", ["pc-q35-6.2,smm=off"]],
      ["-accel", ["kvm"]],
      ["-cpu", ["host"]],
      ["-smp", ["3"]],
      ["-m", ["2048M"]],
      ["-uuid", ["u-u-i-d"]],
      ["-drive", []],
      ["-global", []],
      ["-object", ["iothread,id=disk-thread"]],
      ["-netdev", ["user,id=net0,restrict=on"]],
      ["-display", ["none"]],
      ["-serial", ["chardev:serial"]],
      ["-mon", ["chardev=qmp,mode=control"]],
      ["-sandbox", ["on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"]],
      [
        "-chardev",
        [
          "socket,id=serial,path=/tmp/s/serial,server=on,wait=off,logfile=/l/s.log,logappend=off",
          "socket,id=qmp,path=/tmp/s/qmp,server=on,wait=off",
        ],
      ],
      [
        "-device",
        [
          systemDisk(2),
          "ide-cd,id=cd0-drive,bus=ide.0,drive=cd0,bootindex=0",
          "ide-cd,id=cd1-drive,bus=ide.1,drive=cd1",
          ...common,
        ],
      ],
    ] as const) {
      assert.deepEqual(valuesOf(argv, option), values, option);
    }
    assert.deepEqual(nodesOf(argv), [
      ...disk("/b/disk.raw", "raw"),
      cd("cd0", "/i/a.iso"),
      cd("cd1", "/b/seed.iso"),
    ]);
  });

  it("put the installer on the first CD, which boots, and the seed on the second, which does not", () => {
    const cds = valuesOf(install(), "-device").filter((device) => device.startsWith("ide-cd"));
    assert.deepEqual(
      cds.map((device) => device.includes("bootindex=0")),
      [true, false],
    );
    assert.deepEqual(nodesOf(install()).slice(2), [
      cd("cd0", files.cds[0]!),
      cd("cd1", files.cds[1]!),
    ]);
  });

  it("for UEFI add flash with read-only code and the run's own variables", () => {
    const argv = install({ firmware: "uefi" }, { uefi });
    const flash = [
      "if=pflash,unit=0,format=raw,readonly=on,file=/fw/code.fd",
      "if=pflash,unit=1,format=raw,file=/tmp/s/vars.fd",
    ];
    assert.deepEqual(valuesOf(argv, "-drive"), flash);
    assert.deepEqual(
      argv.filter((word) => !flash.includes(word) && word !== "-drive"),
      install(),
    );
  });

  it("for Secure Boot add SMM, the only mode that may write the variables", () => {
    const argv = install({ firmware: "uefi", secureBoot: true }, { uefi });
    assert.deepEqual(valuesOf(argv, "-machine"), ["pc-q35-6.2,smm=on"]);
    assert.deepEqual(valuesOf(argv, "-global"), ["driver=cfi.pflash01,property=secure,value=on"]);
    const plain = install({ firmware: "uefi" }, { uefi });
    const secure = ["-global", "driver=cfi.pflash01,property=secure,value=on", "pc-q35-6.2,smm=on"];
    assert.deepEqual(
      argv.filter((word) => !secure.includes(word)),
      plain.filter((word) => word !== "pc-q35-6.2,smm=off"),
    );
  });

  it("use all threads under TCG", () => {
    const argv = install({}, { accelerator: "tcg", cpuModel: "max" });
    assert.deepEqual(valuesOf(argv, "-accel"), ["tcg,thread=multi,tb-size=512"]);
    assert.deepEqual(valuesOf(argv, "-cpu"), ["max"]);
  });

  it("give the guest access to the network only if the user allows it", () => {
    assert.deepEqual(valuesOf(install({ network: "user" }), "-netdev"), [
      "user,id=net0,restrict=off",
    ]);
    assert.deepEqual(valuesOf(install({ network: "isolated" }), "-netdev"), [
      "user,id=net0,restrict=on",
    ]);
  });

  it("take machine, disk and NIC from the recipe", () => {
    const other = {
      ...recipe,
      machineType: "pc-q35-9.9",
      diskBus: "disk-x",
      nic: "nic-x",
    } as unknown as Recipe;
    const argv = installArguments(machine, other, host, identity, files);
    assert.deepEqual(valuesOf(argv, "-machine"), ["pc-q35-9.9,smm=off"]);
    const devices = valuesOf(argv, "-device").join(" ");
    assert.match(devices, /disk-x,id=system-disk/);
    assert.match(devices, /nic-x,netdev=net0/);
  });

  it("double a comma in the paths of key=value options, but not in JSON", () => {
    const argv = install(
      { firmware: "uefi" },
      { socketDirectory: "/t,s", uefi: { code: "/f,w/c", variables: "/t,s/v" } },
      { disk: "/d,1", cds: ["/i,1", "/s,1"], serialLog: "/l,1" },
    );
    assert.deepEqual(valuesOf(argv, "-chardev"), [
      "socket,id=serial,path=/t,,s/serial,server=on,wait=off,logfile=/l,,1,logappend=off",
      "socket,id=qmp,path=/t,,s/qmp,server=on,wait=off",
    ]);
    assert.deepEqual(valuesOf(argv, "-drive"), [
      "if=pflash,unit=0,format=raw,readonly=on,file=/f,,w/c",
      "if=pflash,unit=1,format=raw,file=/t,,s/v",
    ]);
    assert.deepEqual(nodesOf(argv), [...disk("/d,1", "raw"), cd("cd0", "/i,1"), cd("cd1", "/s,1")]);
  });
});

describe("verifyArguments", () => {
  it("boot the overlay from the disk, with one CD and a port for the nonce", () => {
    const argv = verify();
    assert.deepEqual(nodesOf(argv), [...disk("/b/o.qcow2", "qcow2"), cd("cd0", "/b/v.iso")]);
    assert.deepEqual(valuesOf(argv, "-device"), [
      systemDisk(0),
      "ide-cd,id=cd0-drive,bus=ide.0,drive=cd0",
      ...common,
      "virtio-serial-pci",
      "virtserialport,chardev=verify,name=stylus-image.verify",
    ]);
    assert.deepEqual(
      valuesOf(argv, "-chardev").at(-1),
      "socket,id=verify,path=/tmp/s/verify,server=on,wait=off",
    );
  });

  it("have no CD without a seed, so that a system finds only its own user-data", () => {
    const argv = verifyArguments(machine, recipe, host, identity, {
      ...verifyFiles,
      seed: undefined,
    });
    assert.deepEqual(nodesOf(argv), disk("/b/o.qcow2", "qcow2"));
  });

  for (const network of ["isolated", "user"] as const) {
    it(`give no access to any network, even with network "${network}"`, () => {
      assert.deepEqual(valuesOf(verify({ network }), "-netdev"), ["user,id=net0,restrict=on"]);
    });
  }

  it("otherwise describe the machine of the install", () => {
    for (const option of [
      "-machine",
      "-accel",
      "-cpu",
      "-smp",
      "-m",
      "-drive",
      "-global",
      "-sandbox",
    ]) {
      const secure = { firmware: "uefi", secureBoot: true } as const;
      assert.deepEqual(
        valuesOf(verify(secure, { uefi }), option),
        valuesOf(install(secure, { uefi }), option),
      );
    }
  });

  for (const [diskBus, nic] of [
    ["pvscsi", "vmxnet3"],
    ["mptsas1068", "e1000e"],
  ] as const) {
    it(`have the hardware that an artifact is for: ${diskBus} and ${nic}`, () => {
      const hardware = { machineType: recipe.machineType, diskBus, nic };
      const devices = valuesOf(
        verifyArguments(machine, hardware, host, identity, verifyFiles),
        "-device",
      );
      assert.deepEqual(devices.slice(0, 2), [
        `${diskBus},id=scsi`,
        "scsi-hd,bus=scsi.0,wwn=0x3000000000000001,id=system-disk,drive=disk,bootindex=0,rerror=stop,werror=stop,serial=5e71a1",
      ]);
      assert.ok(devices.some((device) => device.startsWith(`${nic},netdev=net0`)));
    });
  }

  it("never open the disk of the image itself for writing", () => {
    assert.doesNotMatch(verify().join(" "), /disk\.raw/);
  });
});
