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

/** The agent's events on its standard output: one JSON object per line. Times are in seconds. */
export const agentEventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("stage"),
    stage,
    state: z.enum(["started", "finished", "skipped"]),
    seconds: z.number().optional(),
    /** Duration of earlier runs of the same installer on this build host, for a stage that cannot report a total. */
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
  /** The command line of a tool that is started. */
  z.object({ type: z.literal("command"), command: z.string() }),
  /** The outputs of the build. After an error: what was published before it. */
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

/** Receives the events of a stage. */
export type EventSink = (event: AgentEvent) => void;

/** The stages of a build of this plan if no part of the image exists. */
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

/** An error as an event, without its cause. */
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
