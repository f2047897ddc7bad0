import type { Addresses } from "./addresses";
import type { FileStore } from "./file-store";
import type { LocalFolder } from "./local-folder";
import type { Place } from "./place";
import type { RecordStore } from "./record-store";
import type { Templates } from "./templates";

/** Features that only some targets have; a target leaves out what it cannot do. */
export interface Capabilities {
  /**
   * Needs atomic creation and listing. Without it, the records of other stores (at least of the local cache) list the
   * publications at this target and their owners.
   */
  readonly records?: RecordStore;
  readonly files?: FileStore;
  /** Without it, nothing can be proven about where the target is. */
  readonly place?: Place;
  readonly templates?: Templates;
  /** Without it, the address of a publication never changes. */
  readonly addresses?: Addresses;
  /** Without it, the target is reached over a network. */
  readonly localFolder?: LocalFolder;
}
