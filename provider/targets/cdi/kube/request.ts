/** A request to the Kubernetes API. */
export interface KubeRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the cluster's address, such as `/api/v1/namespaces`. */
  readonly path: string;
  readonly body?: object;
  /** Ends the sentence "Cannot ...". */
  readonly doing: string;
  readonly signal: AbortSignal;
}

export interface KubeResponse {
  readonly status: number;
  /** Parsed JSON, or the text of a body that is not JSON. */
  readonly body: unknown;
}
