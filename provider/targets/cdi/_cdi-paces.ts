/** How often CDI is looked at, and how long it is waited for; all in milliseconds. */
export interface CdiPaces {
  readonly lookEvery: number;
  /** Until the volume is there and takes an upload: storage is provisioned and a pod is started. */
  readonly untilReady: number;
  /** Until it has succeeded, after the bytes were taken. */
  readonly untilSucceeded: number;
  /** Until what is being removed is gone. */
  readonly untilGone: number;
  /** Until another upload to the same volume has ended. */
  readonly untilFree: number;
  /** Between an upload that broke and the next. */
  readonly beforeRepeat: number;
  /** A proxy that refuses does so on the head alone, and gets that long before the rest follows. */
  readonly afterHead: number;
}

export const usualPaces: CdiPaces = {
  lookEvery: 1000,
  untilReady: 600_000,
  untilSucceeded: 1_800_000,
  untilGone: 180_000,
  untilFree: 1_800_000,
  beforeRepeat: 3000,
  afterHead: 500,
};
