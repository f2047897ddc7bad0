import { templateKey } from "../../../plan/template";
import type { Publication, Template } from "../../../schema/state";
import type { Rest } from "../client/rest";
import type { LibraryItem } from "./items";
import type { Inventory } from "./placement";
import type { TemplateMarker } from "./template";

/** The deployment of a template from a library item. */
export interface Deployment {
  readonly rest: Rest;
  readonly inventory: Inventory;
  readonly item: LibraryItem;
  readonly publication: Publication;
  readonly template: Template;
}

/** The marker of a template; without `machine`, which is added when the deployment is complete. */
export function markerFor({ inventory, publication }: Deployment): TemplateMarker {
  const { artifactKey, target } = publication;
  return { artifactKey, target, key: templateKey(inventory.deploy, publication) };
}
