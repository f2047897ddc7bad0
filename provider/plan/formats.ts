import type { FormatSpec } from "../spec/image-spec";
import type { FormatName } from "../spec/names";

/** What a format is made from. */
export type FormatSource = "base disk" | "installer" | { readonly artifact: FormatName };

export interface FormatFacts {
  readonly extension: string;
  readonly mediaType: string;
  readonly source: FormatSource;
  /** Whether the base disk can be restored from it bit by bit. */
  readonly lossless: boolean;
}

export const formats: Record<FormatName, FormatFacts> = {
  raw: {
    extension: "raw",
    mediaType: "application/octet-stream",
    source: "base disk",
    lossless: true,
  },
  qcow2: {
    extension: "qcow2",
    mediaType: "application/x-qemu-disk",
    source: "base disk",
    lossless: true,
  },
};

/** The options of a format that decide its bytes, as plain data for the artifact key. */
export function formatOptions(format: FormatSpec): Record<string, string> {
  switch (format.type) {
    case "raw":
      return {};
    case "qcow2":
      return { compression: format.compression };
  }
}
