/** What an object of ours says of itself. */
export interface Content {
  readonly artifactKey: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

const names = {
  /** Tells our objects from everybody else's. */
  marker: "stylus-image",
  artifactKey: "stylus-artifact-key",
  sha256: "stylus-sha256",
} as const;

export function metadataOf(content: Content): Record<string, string> {
  return {
    [names.marker]: "artifact",
    [names.artifactKey]: content.artifactKey,
    [names.sha256]: content.sha256,
  };
}

/** What HEAD tells of an object. */
export interface ObjectHead {
  readonly sizeBytes: number;
  readonly etag: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export function isArtifactOf(head: ObjectHead, artifactKey: string): boolean {
  return (
    head.metadata[names.marker] === "artifact" && head.metadata[names.artifactKey] === artifactKey
  );
}

/** Why the object is not this content, or undefined where it is. Without a known SHA-256 the artifact key decides. */
export function difference(
  head: ObjectHead,
  wanted: Omit<Content, "sha256"> & { readonly sha256?: string | undefined },
): string | undefined {
  if (head.metadata[names.marker] === undefined) {
    return "It was written by something else: it does not carry our metadata.";
  }
  if (!isArtifactOf(head, wanted.artifactKey)) {
    return "It is another artifact: its artifact key is a different one.";
  }
  if (head.sizeBytes !== wanted.sizeBytes) {
    return `It has ${head.sizeBytes} bytes, expected ${wanted.sizeBytes}.`;
  }
  const sha256 = head.metadata[names.sha256];
  if (wanted.sha256 !== undefined && sha256 !== wanted.sha256) {
    return `Its SHA-256 is ${sha256 ?? "not given"}, expected ${wanted.sha256}.`;
  }
  return undefined;
}
