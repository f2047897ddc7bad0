import type { PackerTemplate } from "./template";
import { render, type Dialect } from "./text";

/** The folder of the seed, relative to the template's. */
export type SeedLocation = "." | "..";

/** A template in JSON, for every version of Packer up to 1.x. */
export function writeJsonTemplate(template: PackerTemplate, seed: SeedLocation): string {
  const dialect: Dialect = {
    variable: (name) => `{{ user \`${name}\` }}`,
    folder: seed === "." ? "{{ template_dir }}" : "{{ template_dir }}/..",
    plain: (text) => text,
  };
  const document = {
    // Packer ignores keys that begin with an underscore.
    _comment: template.comment.join("\n"),
    variables: Object.fromEntries(template.variables.map(({ name, value }) => [name, value])),
    builders: template.builds.map(({ name, outputDirectory }) => ({
      name: onlyName(name),
      type: "qemu",
      output_directory: outputDirectory,
      ...template.source,
    })),
    "post-processors": template.builds.map(({ name, command }) => ({
      type: "shell-local",
      only: [onlyName(name)],
      inline: [command],
    })),
  };
  const rendered = (_: string, value: unknown): unknown =>
    typeof value === "string" ? render(value, dialect) : value;
  return `${JSON.stringify(document, rendered, 2)}\n`;
}

function onlyName(build: string): string {
  return `${build}.qemu.stylus`;
}

/** A template in HCL2, for Packer 1.5 and later. */
export function writeHclTemplate(template: PackerTemplate, seed: SeedLocation): string {
  const text = (value: string): string => literal(value, seed);
  const settings = Object.entries(template.source).map(([name, value]) => {
    if (typeof value === "string") return `  ${name} = ${text(value)}`;
    if (typeof value === "boolean") return `  ${name} = ${value}`;
    const rows = value.map((argument) => `    [${argument.map(text).join(", ")}],`);
    return [`  ${name} = [`, ...rows, "  ]"].join("\n");
  });
  const blocks = [
    template.comment.map((line) => `# ${line}`.trimEnd()).join("\n"),
    ...template.variables.map(({ name, value, description }) =>
      [
        `variable "${name}" {`,
        "  type = string",
        `  description = ${text(description)}`,
        `  default = ${text(value)}`,
        "}",
      ].join("\n"),
    ),
    ['source "qemu" "stylus" {', ...settings, "}"].join("\n"),
    ...template.builds.map(({ name, outputDirectory, command }) =>
      [
        "build {",
        `  name = ${text(name)}`,
        '  source "source.qemu.stylus" {',
        `    output_directory = ${text(outputDirectory)}`,
        "  }",
        '  post-processor "shell-local" {',
        `    inline = [${text(command)}]`,
        "  }",
        "}",
      ].join("\n"),
    ),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function literal(value: string, seed: SeedLocation): string {
  const quote = (text: string): string =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[$%](?=\{)/g, (sign) => sign + sign);
  const dialect: Dialect = {
    variable: (name) => `\${var.${name}}`,
    folder: seed === "." ? "${path.root}" : "${path.root}/..",
    plain: quote,
  };
  return `"${render(value, dialect)}"`;
}
