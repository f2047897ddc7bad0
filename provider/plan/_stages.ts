import { stageNames, type StageName } from "./events";
import { needsDisk } from "./formats";
import type { Plan } from "./plan";

/** The stages that a build of this plan goes through where nothing of the image exists. */
export function stagesOf({ formats, verify }: Plan): readonly StageName[] {
  const isInstalled = formats.some(needsDisk);
  return stageNames.filter((stage) => {
    switch (stage) {
      case "fetch":
      case "convert":
      case "publish":
        return true;
      case "inspect":
      case "seed":
      case "install":
        return isInstalled;
      case "verify":
        return isInstalled && verify.boot;
    }
  });
}
