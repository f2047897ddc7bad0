import { join } from "node:path";
import type { Workshop } from "../../formats/make-artifact";
import { stage, type KeyedBuild, type KnownInstaller } from "../context";
import { installerMaterial } from "./installer-material";
import type { Survey } from "../inventory";

/** Where a build makes its artifacts. */
export function workshopOf(
  build: KeyedBuild,
  { head, disk }: Survey,
  installer: KnownInstaller,
): Workshop {
  return {
    image: head,
    disk: disk?.path,
    installer: () => installerMaterial(build, installer),
    userData: build.request.userData,
    folder: join(build.workspace.build(build.installKey), "artifacts"),
    made: new Map(),
    signal: build.signal,
    conversion: (format, work) =>
      stage(build, "convert", build.plan.timeouts.convert, ({ signal, journal }) => {
        journal.about(format.type);
        return work({
          signal,
          onProgress: (done) =>
            build.report({
              type: "progress",
              stage: "convert",
              done,
              total: 100,
              unit: "percent",
              what: format.type,
            }),
        });
      }),
  };
}
