import { withoutTemplate } from "../plan/template";
import type { Publication } from "../schema/state";
import type { Target } from "../targets/target";

/** A publication that somebody recorded, as this target describes it today: its address, and what is made of it. */
export async function described(target: Target, recorded: Publication): Promise<Publication> {
  const publication = withoutTemplate(recorded);
  const url = (await target.urlOf?.(publication)) ?? publication.url;
  const here = { ...publication, target: target.id, url };
  return target.templates?.describe(here) ?? here;
}
