import { definedFields } from "./defined-fields";

/** Metadata of a Kubernetes object. */
export interface MetadataOptions {
  /** Default: that of the Kubernetes provider, or of the VirtualMachine that contains a template. */
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export interface Metadata {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export function metadataOf(
  name: string,
  { namespace, labels, annotations }: MetadataOptions,
): Metadata {
  return { name, ...definedFields({ namespace, labels, annotations }) };
}
