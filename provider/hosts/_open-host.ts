import { resolve } from "node:path";
import type { BuildHostSpec } from "../schema/image";
import type { BuildHost } from "./_host";
import { localHost } from "./local";

/** The build host that a spec names. */
export function openHost({ agent }: BuildHostSpec, rootDirectory: string): BuildHost {
  return localHost(agent === undefined ? {} : { agentPath: resolve(rootDirectory, agent) });
}
