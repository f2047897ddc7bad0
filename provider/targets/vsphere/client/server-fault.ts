/** A fault (vSphere's word for an error) in a response. */
export class ServerFault extends Error {
  constructor(
    /** vSphere's name of the fault (`FileAlreadyExists`, `not_found`), if the response has one. */
    readonly kind: string | undefined,
    readonly status: number | undefined,
    message: string,
  ) {
    super(message);
    this.name = "ServerFault";
  }
}

export function isFault(thrown: unknown, ...kinds: readonly string[]): boolean {
  return thrown instanceof ServerFault && thrown.kind !== undefined && kinds.includes(thrown.kind);
}

export function hasStatus(thrown: unknown, status: number): boolean {
  return thrown instanceof ServerFault && thrown.status === status;
}
