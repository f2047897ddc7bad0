import { ociTargetId } from "../../schema/targets/identity";
import { z } from "zod";
import { StylusError, type ErrorDetails } from "../../base/errors";
import type { OciTargetSpec } from "../../schema/targets/oci";
import { proxyLoginError } from "../../system/http/errors";
import { registryOf } from "./address";
import type { HttpResponse } from "../../system/http/request";

/** A response with an error. */
export interface ErrorResponse {
  readonly status: number;
  /** Codes of the distribution specification, such as `NAME_UNKNOWN`; empty if the server is no registry. */
  readonly codes: readonly string[];
  /** The server's error text, in one line. */
  readonly text: string;
}

const errorsSchema = z.object({
  errors: z.array(
    z.object({
      code: z.string().default("UNKNOWN"),
      message: z.string().nullish(),
      detail: z.unknown().optional(),
    }),
  ),
});

export async function readErrorResponse(answer: HttpResponse): Promise<ErrorResponse> {
  const text = await answer.text().catch(() => "");
  const { status } = answer;
  try {
    const { errors } = errorsSchema.parse(JSON.parse(text));
    const said = errors.map(({ code, message, detail }) =>
      [code, message, isTold(detail) ? JSON.stringify(detail) : undefined]
        .filter((part) => part !== undefined && part !== null && part !== "")
        .join(": "),
    );
    return { status, codes: errors.map(({ code }) => code), text: shorten(said.join("; ")) };
  } catch {
    return { status, codes: [], text: shorten(text.replace(/<[^>]*>/g, " ")) };
  }
}

function isTold(detail: unknown): boolean {
  return detail !== undefined && detail !== null && JSON.stringify(detail) !== "{}";
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
}

/** Explains an error response; `doing` ends the sentence "Cannot ...", `login` describes the credentials' source. */
export function registryError(
  refusal: ErrorResponse,
  doing: string,
  spec: OciTargetSpec,
  login: string,
): StylusError {
  const { status, codes, text } = refusal;
  const { host, name } = registryOf(spec);
  const said = text === "" ? String(status) : `${status} ${text}`;
  const what = `Cannot ${doing} at ${ociTargetId(spec)}: ${said}.`;
  const failed = (details: Omit<ErrorDetails, "what">) =>
    new StylusError("publish.failed", { what, ...details });
  if (isAboutSpace(refusal)) {
    return failed({
      why: "The registry has no space left, or a quota is used up.",
      next: `Remove images there, run its garbage collection, or raise the quota of ${name}; then run again.`,
    });
  }
  if (status === 401 || status === 403) return denied(refusal, what, spec, login);
  if (status === 407) return proxyLoginError(what, "publish");
  if (codes.includes("NAME_UNKNOWN") || codes.includes("NAME_INVALID")) {
    return new StylusError("publish.not-found", {
      what,
      why: `The registry does not know "${name}", or does not allow a repository of that name; several make none by themselves.`,
      next: `Create the repository (a project in Harbor, \`aws ecr create-repository --repository-name ${name}\` in ECR), or correct \`repository\`.`,
    });
  }
  if (status === 413) {
    return failed({
      why: "A proxy before the registry takes no requests of this size.",
      next: "Raise its limit (nginx: `client_max_body_size 0`), and run again.",
    });
  }
  if (codes.includes("DIGEST_INVALID") || codes.includes("SIZE_INVALID")) {
    return failed({
      why: "The registry got other bytes than their digest says: the file changed meanwhile, or was damaged on the way.",
      next: "Nothing was published. Run the build again; it makes the file anew.",
    });
  }
  if (codes.some((code) => code.startsWith("MANIFEST_"))) {
    return failed({
      why: "The registry does not accept this kind of manifest; old ones know container images only.",
      next: "Update the registry, or let this target take containerdisk only (`formats`).",
    });
  }
  if (status === 404 && codes.length === 0) {
    return new StylusError("publish.unreachable", {
      what,
      why: `What answers at ${host} is no registry: its error is not one of the distribution specification.`,
      next: "Correct the host and port in `repository`.",
    });
  }
  if (status >= 500 || status === 429 || status === 408) {
    return new StylusError("publish.unreachable", {
      what,
      why:
        status === 429
          ? "The registry limits how often it is asked."
          : "The registry itself failed.",
      next: "Run again later; what it has already is not sent a second time.",
    });
  }
  return failed({ next: "Correct the target as the message says, and run again." });
}

/** Registries report an exceeded quota as 403 (Harbor), 413 or 507, and a full disk as 500 with the system's text. */
function isAboutSpace({ status, text }: ErrorResponse): boolean {
  return status === 507 || /quota|upper limit|no space left|insufficient storage/i.test(text);
}

function denied(
  { status, codes }: ErrorResponse,
  what: string,
  spec: OciTargetSpec,
  login: string,
): StylusError {
  const { host, name } = registryOf(spec);
  const byPolicy = status === 403 && !codes.includes("UNAUTHORIZED");
  return new StylusError("publish.denied", {
    what,
    why: byPolicy
      ? `These credentials do not allow it, or a policy of the registry forbids it. ${login}`
      : `The credentials are missing, wrong or expired, or do not allow it. ${login}`,
    next: byPolicy
      ? `Let this user pull, push and delete in ${name}, or look at the registry's rules (immutable tags, content trust).`
      : `Log in with \`docker login ${host}\` or \`skopeo login ${host}\`, or set the target's \`username\` and \`password\`; pushing needs the right to pull and push in ${name}.`,
  });
}
