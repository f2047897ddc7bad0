import { StylusError } from "../../base/errors";
import type { Publication } from "../../schema/state";
import { log, type KeyedBuild } from "../context";
import { stage } from "./stage";

/** Lets the target's server make the template of a publication, unless it exists. */
export async function deployTemplate(build: KeyedBuild, publication: Publication): Promise<void> {
  const target = build.targets.find(({ id }) => id === publication.target);
  const name = publication.template?.path ?? publication.uri;
  await stage(build, "publish", build.plan.timeouts.publish, async ({ signal }) => {
    log(build, `Deploying ${name}.`);
    await target?.capabilities.templates?.deploy(publication, signal);
    const finding = await target?.find(publication, signal);
    if (finding?.state === "present") return;
    throw new StylusError("publish.failed", {
      what: `${name} was deployed, but the target does not find it afterwards.`,
      why: finding !== undefined && "why" in finding ? finding.why : undefined,
      next: "Look at the target, then run this again.",
    });
  });
}
