import type { Json, JsonMap } from "../../../../../provider/base/json";
import { mergeConfig } from "../../../../../provider/plan/user-data/merge";
import { everyday } from "./everyday";
import { mutate } from "./mutate";
import { everyField, type Field, type Readers } from "./fields";
import type { Random } from "./random";

/**
 * A cloud-config: one or two that people write every day, or one with some of all fields that the installer knows;
 * usually with one or two mistakes.
 */
export function makeDocument(known: Readers, random: Random): JsonMap {
  const correct = random.happens(0.4)
    ? someFields(everyField(known), random)
    : everydayDocument(random);
  return Array.from({ length: random.pick([0, 1, 1, 1, 2]) }).reduce<JsonMap>(
    (document) => mutate(document, random),
    correct,
  );
}

function everydayDocument(random: Random): JsonMap {
  const first = random.pick(everyday);
  return random.happens(0.3) ? mergeConfig(first, random.pick(everyday)).document : first;
}

function someFields(known: Field, random: Random): JsonMap {
  if (known.kind !== "fields") return {};
  const chosen = random.some(Object.entries(known.fields), 3);
  return Object.fromEntries(chosen.map(([name, field]) => [name, valueOf(field, name, random)]));
}

const stageNames = ["initramfs", "boot", "network", "rootfs.after", "before-install"];

function valueOf(field: Field, name: string, random: Random): Json {
  switch (field.kind) {
    case "text":
      return random.pick(textOf(name));
    case "boolean":
      return random.happens(0.5);
    case "integer":
    case "unsigned":
      return random.pick([0, 1, 420, 493, 1000, 10240]);
    case "reference":
      return random.pick(["oci:quay.io/a/b:v1", "dir:/run/rootfsbase", "file:/a.img", "alpine"]);
    case "list":
      return Array.from({ length: 1 + random.below(2) }, () => valueOf(field.of, name, random));
    case "map":
      return { [keyOf(name, random)]: valueOf(field.of, name, random) };
    case "fields":
      return someFields(field, random);
  }
}

function keyOf(name: string, random: Random): string {
  return name === "stages" ? random.pick(stageNames) : random.pick(["kairos", "HTTP_PROXY", "a.b"]);
}

const texts = [
  ...["x", "/etc/motd", "a b", "date; uptime", "true", "10", "1.10", "yes", "quay.io/a/b:1", ""],
  ...["#!/bin/sh\ndate\n", "key: value", "ключ", "{{ .Values.os.name }}", " padded "],
];

/** Texts that a field of this name takes. */
function textOf(name: string): readonly string[] {
  if (name === "permissions") return ["0644", "755", "01777"];
  if (name === "passwd") return ["!", `$6$saltsaltsaltsalt$${"a".repeat(86)}`];
  if (name.endsWith("authorized_keys")) {
    const key = "AAAAC3NzaC1lZDI1NTE5AAAAIPLcHb0uAfJ7+Q8+pVYzyQmPDHuAXjPW/jFzm0BOOJRF";
    return [`ssh-ed25519 ${key} admin`, "github:someone", "https://keys.example/a"];
  }
  if (name === "encoding") return ["", "b64", "gzip", "gz+base64"];
  if (name === "device") return ["auto", "/dev/vda"];
  return texts;
}
