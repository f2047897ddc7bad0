import type { Context } from "../../base/context";
import type { BuildRequest } from "../../plan/plan";
import { cliOwner } from "../../plan/record";
import { buildRequest } from "../../resource/image/request";
import { resolveImage } from "../../resource/image/resolve";
import type { ImageSpec } from "../../schema/image";
import { cliInstance } from "./cli-instance";

export type RequestContext = Omit<Context, "rootDirectory">;

/** Makes the agent's request for a spec, by the same steps as the resource. The owner is the CLI. */
export async function makeRequest(
  name: string,
  spec: ImageSpec,
  context: RequestContext,
): Promise<BuildRequest> {
  const rootDirectory = process.cwd();
  const image = await resolveImage(spec, { ...context, rootDirectory });
  image.warnings.forEach(context.warn);
  return buildRequest(spec, image, {
    name,
    owner: cliOwner,
    instance: cliInstance(name),
    rootDirectory,
    cacheDirectory: context.cacheDirectory,
  });
}
