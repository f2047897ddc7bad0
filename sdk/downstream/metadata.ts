import { present } from "./present";

export interface MetadataOptions {
  /** Default that of the program's Kubernetes provider, or of the VirtualMachine that a template stands in. */
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
  return { name, ...present({ namespace, labels, annotations }) };
}
