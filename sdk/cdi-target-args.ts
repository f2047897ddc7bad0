import type { Input } from "@pulumi/pulumi";

/**
 * A namespace of a Kubernetes cluster with KubeVirt's Containerized Data Importer (CDI). Disks are sent to CDI's upload
 * proxy, which creates volumes from them: golden images that virtual machines clone (`dataVolumeSource`). It keeps no
 * records, like an `HttpTarget`, and artifacts cannot be downloaded from it. Tested with a real API server and a
 * simulated CDI, not with CDI itself.
 */
export interface CdiTarget {
  type: "cdi";
  /** Namespace of the DataVolumes. Default: the namespace of the context, otherwise `default`. */
  namespace?: Input<string>;
  /** Context of the kubeconfig. Default: its current context. */
  context?: Input<string>;
  /**
   * Path of the kubeconfig, read at each use. A relative path resolves against the Pulumi project's root. Default, as in
   * kubectl: the files in KUBECONFIG, `~/.kube/config`, the service account of a pod.
   */
  kubeconfig?: Input<string>;
  /** URL of the upload proxy, http or https. Default: the URL in CDI's configuration in the cluster. */
  uploadProxy?: Input<string>;
  /**
   * PEM file of the CA of the upload proxy's certificate. Default: the usual CAs and the CA in CDI's configuration. The
   * certificate is always verified, even if the kubeconfig disables verification for the API server.
   */
  uploadProxyCaFile?: Input<string>;
  /** Storage class of the volumes. Default: that of the cluster. */
  storageClass?: Input<string>;
  /** Access modes of the volumes. Default: those in CDI's profile of the storage class. */
  accessModes?: Input<
    Input<"ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod">[]
  >;
  /** Volume mode. Default: that in CDI's profile of the storage class. */
  volumeMode?: Input<"Filesystem" | "Block">;
  /**
   * Size of a disk's volume: bytes, or text such as `120GiB`; at least the size of the disk, which is the default. CDI adds
   * the overhead of a file system. It applies to volumes created from now on. A clone must be at least as large.
   */
  size?: Input<number | string>;
  /** Formats to publish here. Default: `qcow2`. A zstd-compressed `raw`, the default compression, requires CDI 1.57. */
  formats?: Input<Input<"qcow2" | "raw" | "vmdk" | "iso">[]>;
}
