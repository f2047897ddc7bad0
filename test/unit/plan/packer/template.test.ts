import assert from "node:assert/strict";
import { z } from "zod";
import {
  type PackerExport,
  installIdentity,
  packerTemplate,
} from "../../../../provider/plan/packer/template";
import { reference, render } from "../../../../provider/plan/packer/text";
import { writeHclTemplate, writeJsonTemplate } from "../../../../provider/plan/packer/write";
import { installArguments } from "../../../../provider/plan/qemu-arguments";
import { findRecipe, type Recipe } from "../../../../provider/plan/recipe";
import { GiB } from "../../../../provider/base/size";

const recipe = findRecipe("1") as Recipe;
const sha256 = "0123456789abcdef".repeat(4);
const identity = installIdentity("9f".repeat(32));

const exported: PackerExport = {
  name: "edge",
  machine: {
    firmware: "bios",
    secureBoot: false,
    diskSize: 3 * GiB,
    network: "isolated",
    accelerator: "auto",
  },
  recipe,
  host: { accelerator: "tcg", cpuModel: "Nehalem", cpus: 2, memoryBytes: 2 * GiB },
  identity,
  installer: { location: "/isos/a.iso", sha256, kind: "kairos" },
  formats: ["raw", "vmdk"],
  formatOptions: [],
  installSeconds: 7200,
  comment: ["What it is.", "", "How it is run."],
};
const uefi: PackerExport = {
  ...exported,
  machine: { ...exported.machine, firmware: "uefi", secureBoot: true },
  host: { ...exported.host, uefi: { code: "/fw/code.fd", variables: "/fw/vars.fd" } },
};

const argumentsSchema = z.array(z.array(z.string()).min(1).max(2));
const jsonSchema = z.object({
  _comment: z.string(),
  variables: z.record(z.string(), z.string()),
  builders: z.array(z.object({ name: z.string(), qemuargs: argumentsSchema }).loose()),
  "post-processors": z.array(z.object({ only: z.array(z.string()), inline: z.array(z.string()) })),
});

const json = (
  of: PackerExport = exported,
  builds: "all at once" | "one a format" = "all at once",
) => jsonSchema.parse(JSON.parse(writeJsonTemplate(packerTemplate(of, builds), ".")));
const hcl = (of: PackerExport = exported, builds: "all at once" | "one a format" = "all at once") =>
  writeHclTemplate(packerTemplate(of, builds), ".");

/** The arguments of our own install on this host, as pairs. */
function ownArguments(of: PackerExport): string[][] {
  const argv = installArguments(
    of.machine,
    of.recipe,
    { ...of.host, socketDirectory: "/s" },
    of.identity,
    { disk: "/d", cds: ["/isos/a.iso", "/seed.iso"], serialLog: "/serial.log" },
  );
  return argv.flatMap((word, index) => {
    const next = argv[index + 1];
    if (!word.startsWith("-")) return [];
    return [next === undefined || next.startsWith("-") ? [word] : [word, next]];
  });
}

/** Filled in as Packer's builder does. */
function filledIn(of: PackerExport): string[][] {
  const { variables, builders } = json(of);
  const fill = (text: string): string =>
    text
      .replace(/\{\{ user `(\w+)` \}\}/g, (_, name: string) => variables[name] ?? "undefined")
      .replaceAll("{{ template_dir }}", "")
      .replaceAll("{{ .OutputDir }}/{{ .Name }}", "/d");
  return (builders[0]?.qemuargs ?? []).map((pair) => pair.map(fill));
}

const without = (pairs: readonly string[][], ...options: readonly string[]) =>
  pairs.filter(([option = ""]) => !options.includes(option));
const of = (pairs: readonly string[][], option: string) =>
  pairs.flatMap(([name, value]) => (name === option ? [value] : []));

for (const [what, plan] of [
  ["BIOS", exported],
  ["UEFI with Secure Boot", uefi],
] as const) {
  describe(`a template's machine under ${what}`, () => {
    const own = ownArguments(plan);
    const packer = filledIn(plan);

    it("has the devices of our own install, in the same order", () => {
      const devices = of(own, "-device");
      assert.ok(devices.length > 6);
      assert.deepEqual(of(packer, "-device"), devices);
    });

    it("differs from it only in what Packer does itself", () => {
      const differing = ["-S", "-mon", "-chardev", "-blockdev", "-drive", "-boot", "-vnc"];
      assert.deepEqual(without(packer, ...differing), without(own, ...differing));
    });

    it("has the same disk, and the CDs as read-only drives", () => {
      const isDisk = (value = "") => value.includes('"disk');
      assert.deepEqual(of(packer, "-blockdev"), of(own, "-blockdev").filter(isDisk));
      const cds = of(packer, "-drive").filter((value = "") => value.includes("media=cdrom"));
      assert.deepEqual(cds, [
        "if=none,id=cd0,media=cdrom,format=raw,readonly=on,file=/isos/a.iso",
        "if=none,id=cd1,media=cdrom,format=raw,readonly=on,file=/seed.iso",
      ]);
    });

    it("writes its console to a file, and has no display and no socket", () => {
      assert.deepEqual(of(packer, "-chardev"), ["file,id=serial,path=/serial.log"]);
      assert.deepEqual(of(packer, "-vnc"), ["none"]);
      assert.deepEqual(of(packer, "-mon"), []);
      assert.ok(!packer.some(([option]) => option === "-S"), "nobody would let it go on");
    });
  });
}

describe("a template", () => {
  it("keeps the variables of UEFI firmware unchanged for the next run", () => {
    const flash = of(filledIn(uefi), "-drive").filter((value = "") => value.includes("pflash"));
    const own = of(ownArguments(uefi), "-drive");
    assert.deepEqual(flash, [own[0], `${own[1]},snapshot=on`]);
  });

  it("says the same in both languages", () => {
    const rows = [...hcl().matchAll(/^ {4}(\[".*\]),$/gm)].map(([, row = ""]) =>
      z.array(z.string()).parse(JSON.parse(row.replaceAll("$${", "${"))),
    );
    const asJson = rows.map((row) =>
      row.map((text) =>
        text
          .replace(/\$\{var\.(\w+)\}/g, "{{ user `$1` }}")
          .replaceAll("${path.root}", "{{ template_dir }}"),
      ),
    );
    assert.deepEqual(asJson, json().builders[0]?.qemuargs);
  });

  it("waits for the guest's power-off as long as this package's own install", () => {
    const [builder] = json().builders;
    assert.equal(builder?.["communicator"], "none");
    assert.equal(builder["shutdown_timeout"], "{{ user `install_timeout` }}");
    assert.equal(json().variables["install_timeout"], "7200s");
  });

  it("pins the installer, and the size of the disk", () => {
    const { variables, builders } = json();
    assert.equal(variables["iso_checksum"], `sha256:${sha256}`);
    assert.equal(variables["iso"], "/isos/a.iso");
    assert.equal(builders[0]?.["disk_size"], "3072M");
    assert.equal(builders[0]["iso_target_path"], undefined);
  });

  it("uses the path to which Packer downloads an installer", () => {
    const installer = { ...exported.installer, location: "https://example.com/a.iso" };
    const { variables, builders } = json({ ...exported, installer });
    const path = "edge-0123456789ab.iso";
    assert.equal(variables["iso"], "https://example.com/a.iso");
    assert.equal(builders[0]?.["iso_target_path"], path);
    assert.ok(builders[0].qemuargs.some(([, value]) => value?.endsWith(`file=${path}`)));
  });

  it("has the network of the plan", () => {
    const machine = { ...exported.machine, network: "user" } as const;
    assert.deepEqual(of(filledIn({ ...exported, machine }), "-netdev"), [
      "user,id=net0,restrict=off",
    ]);
  });

  const names: readonly (readonly [PackerExport["formats"], readonly string[], string])[] = [
    [["vmdk"], ["vmdk.qemu.stylus"], "vmdk"],
    [["raw"], ["img.qemu.stylus"], "raw"],
    [["raw", "vmdk"], ["all.qemu.stylus"], "raw,vmdk"],
  ];
  for (const [formats, expected, converted] of names) {
    it(`calls one install of ${formats.join(" and ")} ${expected.join()} for -only`, () => {
      const template = json({ ...exported, formats });
      assert.deepEqual(
        template.builders.map(({ name }) => name),
        expected,
      );
      const [processor] = template["post-processors"];
      assert.deepEqual(processor?.only, expected);
      assert.match(processor.inline.join("\n"), new RegExp(`--format ${converted} --to`));
    });
  }

  it("has the old builder's names if each format has an install of its own", () => {
    const { builders } = json(exported, "one a format");
    const expected = ["img.qemu.stylus", "vmdk.qemu.stylus"];
    assert.deepEqual(
      builders.map(({ name }) => name),
      expected,
    );
    const text = hcl(exported, "one a format");
    assert.deepEqual(
      [...text.matchAll(/^ {2}name = "(.*)"$/gm)].map(([, name]) => `${name}.qemu.stylus`),
      expected,
    );
    assert.equal(new Set(builders.map((it) => it["output_directory"])).size, 2);
  });

  it("checks the disk before it is converted", () => {
    const [line = ""] = json()["post-processors"][0]?.inline ?? [];
    assert.match(
      line,
      /^\{\{ user `stylus_image` \}\} convert output-all\/edge\.raw --from raw --installed kairos --firmware bios /,
    );
  });

  it("gives the options of the formats that a build makes, quoted for a shell", () => {
    const formatOptions = [
      { format: "vmdk", name: "odd", value: { text: "it's ${x} {{y}}" } },
      { format: "raw", name: "compression", value: { text: "zstd" } },
      { format: "raw", name: "secret", value: { file: "setting-1" } },
    ] as const;
    const lines = json({ ...exported, formatOptions }, "one a format")["post-processors"];
    const [raw = "", vmdk = ""] = lines.map(({ inline }) => inline.join("\n"));
    assert.ok(raw.includes(`--format-option raw.compression=zstd --format-option raw.secret=`));
    assert.ok(raw.includes(`raw.secret="@{{ template_dir }}/setting-1" --to`));
    assert.ok(!raw.includes("vmdk.odd"));
    assert.ok(vmdk.includes("--format-option vmdk.odd='it'\\''s ${x} {{ `{{` }}y}}' --to"));
    assert.ok(hcl({ ...exported, formatOptions }).includes("s $${x} {{ `{{` }}y}}"));
  });

  it("has a comment that both languages ignore", () => {
    assert.equal(json()._comment, "What it is.\n\nHow it is run.");
    assert.match(hcl(), /^# What it is\.\n#\n# How it is run\.\n\nvariable "iso"/);
  });
});

describe("references in texts", () => {
  it("are written in the language's syntax, and other text is escaped", () => {
    const text = `a ${reference({ variable: "x" })} \${b} ${reference({ folder: true })}`;
    const dialect = {
      variable: (name: string) => `<${name}>`,
      folder: "<here>",
      plain: (part: string) => part.toUpperCase(),
    };
    assert.equal(render(text, dialect), "A <x> ${B} <here>");
    assert.equal(render(reference({ engine: "Name" }), dialect), "{{ .Name }}");
  });
});

describe("the identity of a template's machine", () => {
  it("derives from the install key, so that the same plan gives the same text", () => {
    assert.deepEqual(installIdentity(sha256), {
      uuid: "01234567-89ab-cdef-0123-456789abcdef",
      mac: "52:54:00:01:23:45",
      serial: "6789abcdef012345",
    });
  });
});
