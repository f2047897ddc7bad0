import { setFlagsFromString } from "node:v8";
import { openHost } from "../hosts/local";
import { defaultCacheDirectory } from "../system/workspace";
import { callDynamic, type DynamicCall } from "./engine/dynamic";
import { engineFolder } from "./engine/engine-folder";
import { projectRoot, type ToldRoot } from "./engine/project-root";
import type { Handlers } from "./handlers";
import type { ImageResourceOptions } from "./image/options";
import { imageResource } from "./image/resource";

// One process serves the whole stack and mostly waits. By default V8's young generation grows up to 96 MiB when 200
// images are checked at once, and does not shrink during a long build.
setFlagsFromString("--semi-space-growth-factor=1");

/**
 * The entry point for stubs in state. Stubs of all released versions call this name with these arguments: verbs and
 * fields may be added, but never removed or changed.
 */
export async function call(request: DynamicCall): Promise<unknown> {
  return callDynamic(request, resources);
}

const resources: Readonly<Record<string, (root: ToldRoot) => Handlers>> = {
  StylusImage: (root) => imageResource(options(root)),
  SiteSeed: siteSeed,
};

function siteSeed(root: ToldRoot): Handlers {
  const { siteSeedResource } = require("./site-seed") as typeof import("./site-seed");
  return siteSeedResource(options(root));
}

function options(root: ToldRoot): ImageResourceOptions {
  return {
    openHost,
    rootDirectory: projectRoot({
      ...root,
      programFolder: process.cwd(),
      projectName: process.env["PULUMI_NODEJS_PROJECT"],
      engineFolder: engineFolder(),
    }),
    cacheDirectory: defaultCacheDirectory(),
  };
}
