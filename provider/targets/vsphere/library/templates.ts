import { templateAt, withTemplate } from "../../../plan/template";
import { StylusError } from "../../../base/errors";
import type { Publication } from "../../../schema/state";
import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import type { Templates } from "../../templates";
import { deployTemplate } from "./deploy";
import { updateItem, type LibraryItem } from "./items";
import { descriptionOf, markerOf } from "./marker";
import { findFolder } from "./placement";
import type { Rest } from "../client/rest";
import type { UseSoap } from "../client/soap";
import { examineTemplate, removeTemplates, type TemplateVerdict } from "./template";

export interface LibraryTemplates extends Templates {
  /** Why the template is missing or changed; undefined if it is unchanged or none is to be deployed. */
  whyUndeployed(publication: Publication, signal: AbortSignal): Promise<string | undefined>;
  /** Whether the template that was deployed exists. */
  isLeft(publication: Publication, signal: AbortSignal): Promise<boolean>;
  /** Removes all templates deployed from the publication; `item` is its item in the library, if that still exists. */
  removeAll(
    publication: Publication,
    item: LibraryItem | undefined,
    signal: AbortSignal,
  ): Promise<void>;
}

/** Calls `work` with the item of a publication, which must exist. */
export type WithItem = (
  publication: Publication,
  signal: AbortSignal,
  work: (rest: Rest, item: LibraryItem) => Promise<void>,
) => Promise<void>;

export function libraryTemplates(
  spec: VsphereTargetSpec,
  useSoap: UseSoap,
  withItem: WithItem,
): LibraryTemplates {
  const { server, deploy } = spec;
  /** Examines the template; undefined if none is to be deployed. */
  const examine = async (
    publication: Publication,
    signal: AbortSignal,
  ): Promise<TemplateVerdict | undefined> => {
    const template = templateAt(spec, publication);
    if (deploy === undefined || template === undefined) return undefined;
    return useSoap(signal, async (soap) => {
      const inventory = { soap, server, deploy, signal };
      const folder = await findFolder(inventory).catch(unlessMissing);
      if (folder === undefined) return { state: "missing" };
      return examineTemplate(inventory, folder, template, publication);
    });
  };
  return {
    describe: (publication) => withTemplate(spec, publication),
    async whyUndeployed(publication, signal) {
      const verdict = await examine(publication, signal);
      const path = templateAt(spec, publication)?.path ?? "";
      switch (verdict?.state) {
        case undefined:
        case "same":
          return undefined;
        case "missing":
          return `There is no template ${path}.`;
        case "unmarked":
          return `${path} is a virtual machine and not a template.`;
        case "different":
          return `${path} is not the template that was deployed: ${verdict.why}`;
      }
    },
    async isLeft(publication, signal) {
      const verdict = await examine(publication, signal);
      return verdict?.state === "same" || verdict?.state === "unmarked";
    },
    async deploy(publication, signal) {
      const template = templateAt(spec, publication);
      if (deploy === undefined || template === undefined) return;
      await withItem(publication, signal, async (rest, item) => {
        await markDeployed(rest, item, signal);
        await useSoap(signal, (soap) => {
          const inventory = { soap, server, deploy, signal };
          return deployTemplate({ rest, inventory, item, publication, template });
        });
      });
    },
    async sweep(publication, signal) {
      const current = templateAt(spec, publication);
      await useSoap(signal, (soap) => removeTemplates(soap, publication, current?.uuid, signal));
    },
    async removeAll(publication, item, signal) {
      const isMarked = item !== undefined && markerOf(item)?.deployed === true;
      const known = publication.template ?? templateAt(spec, publication);
      if (!isMarked && known === undefined) return;
      await useSoap(signal, (soap) => removeTemplates(soap, publication, undefined, signal));
    },
  };
}

/** Records in the item that templates exist, before the first is deployed: an owner without `deploy` may remove the item. */
async function markDeployed(rest: Rest, item: LibraryItem, signal: AbortSignal): Promise<void> {
  const marker = markerOf(item);
  if (marker === undefined || marker.deployed === true) return;
  const description = descriptionOf({ ...marker, deployed: true });
  await updateItem(rest, item.id, { name: item.name, description }, signal);
}

/** Without its folder the template cannot exist. */
function unlessMissing(thrown: unknown): undefined {
  if (!(thrown instanceof StylusError) || thrown.code !== "publish.not-found") throw thrown;
}
