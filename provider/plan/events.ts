import { z } from "zod";
import { type StylusError, errorCodes } from "../base/errors";
import { imageStateSchema } from "../schema/state";
import { needsDisk } from "./formats";
import type { Plan } from "./plan";

export const stageNames = [
  "fetch",
  "inspect",
  "seed",
  "install",
  "verify",
  "convert",
  "publish",
] as const;
export type StageName = (typeof stageNames)[number];
const stage = z.enum(stageNames);

/** What the agent says on its standard output: one JSON object a line. Times are seconds. */
export const agentEventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("stage"),
    stage,
    state: z.enum(["started", "finished", "skipped"]),
    seconds: z.number().optional(),
    /** As long as earlier runs of the same installer took on this build host, of what says no end itself. */
    expectedSeconds: z.number().optional(),
    detail: z.string().optional(),
  }),
  z.object({
    type: z.literal("progress"),
    stage,
    done: z.number(),
    total: z.number().optional(),
    unit: z.enum(["bytes", "percent"]),
    what: z.string().optional(),
  }),
  z.object({ type: z.literal("log"), level: z.enum(["info", "warning"]), message: z.string() }),
  /** One line of the guest's serial console, escape codes removed. */
  z.object({ type: z.literal("console"), line: z.string() }),
  /** A tool that is started, as it would be typed. */
  z.object({ type: z.literal("command"), command: z.string() }),
  /** The build ended well, or so far: after an error, what was published by then. */
  z.object({ type: z.literal("result"), state: imageStateSchema }),
  z.object({
    type: z.literal("error"),
    code: z.enum(errorCodes),
    what: z.string(),
    why: z.string().optional(),
    next: z.string(),
    files: z.array(z.string()).optional(),
    tail: z.string().optional(),
    problems: z.array(z.object({ path: z.string(), reason: z.string() })).optional(),
  }),
]);
export type AgentEvent = z.infer<typeof agentEventSchema>;

/** Where a stage reports to. */
export type EventSink = (event: AgentEvent) => void;

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

/** An error as an event: everything but its cause. */
export function errorEvent({ code, details }: StylusError): Extract<AgentEvent, { type: "error" }> {
  const { what, why, next, tail, files, problems } = details;
  return {
    type: "error",
    code,
    what,
    next,
    ...(why !== undefined && { why }),
    ...(tail !== undefined && { tail }),
    ...(files !== undefined && { files: [...files] }),
    ...(problems !== undefined && { problems: [...problems] }),
  };
}
