import { setFlagsFromString } from "node:v8";
import { openHost } from "../hosts/local";
import { defaultCacheDirectory } from "../system/workspace";
import { callDynamic, type DynamicCall } from "./engine/dynamic";
import { projectRoot } from "./engine/project-root";
import type { Handlers } from "./handlers";
import type { ImageResourceOptions } from "./image/options";
import { imageResource } from "./image/resource";

// One process serves the whole stack, and lives as long as its longest build. Left alone, V8 lets the space for young
// objects grow up to 96 MiB when 200 images come at once; what such a process does is wait.
setFlagsFromString("--semi-space-growth-factor=1");

/**
 * The door that resources in state knock at, for ever: what an old version's stub wrote into state calls this name
 * with these arguments. New verbs and fields may come; none may go or change.
 */
export async function call(request: DynamicCall): Promise<unknown> {
  return callDynamic(request, resources);
}

const resources: Readonly<Record<string, () => Handlers>> = {
  StylusImage: () => imageResource(options()),
  SiteSeed: () => siteSeed(),
};

function siteSeed(): Handlers {
  const { siteSeedResource } = require("./site-seed") as typeof import("./site-seed");
  return siteSeedResource(options());
}

function options(): ImageResourceOptions {
  return {
    openHost,
    rootDirectory: projectRoot(process.cwd(), process.env["PULUMI_NODEJS_PROJECT"]),
    cacheDirectory: defaultCacheDirectory(),
  };
}
