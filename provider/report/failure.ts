import { duration } from "./format";
import { type Html, html, prose } from "./html";
import type { Section } from "./page";
import type { Report, ReportedError, ReportedMessage } from "./report";

/** The error of a failed build, with its next step. */
export function causeSection({ error }: Report): Section | undefined {
  if (error === undefined) return undefined;
  return { id: "cause", title: "Cause", body: body(error) };
}

function body({ code, what, why, next, tail, problems = [] }: ReportedError): Html {
  return html`<div class="cause">
      <p class="what">${prose(what)}</p>
      ${why === undefined ? undefined : html`<p>${prose(why)}</p>`}
      <p><strong>Next:</strong> ${prose(next)}</p>
      ${
        problems.length === 0
          ? undefined
          : html`<ul>
              ${problems.map(problem)}
            </ul>`
      }
      <p>Code: <code>${code}</code></p>
    </div>
    ${tail === undefined || tail.trim() === "" ? undefined : lastOutput(tail)}`;
}

function problem({ path, reason }: { path: string; reason: string }): Html {
  return html`<li><code>${path}</code>: ${prose(reason)}</li>`;
}

function lastOutput(tail: string): Html {
  return html`<h3 id="last-output">Last output</h3>
    <pre class="log" tabindex="0" role="region" aria-labelledby="last-output">${tail}</pre>`;
}

/** Log messages and warnings of the build. */
export function messagesSection({ messages }: Report): Section | undefined {
  if (messages.length === 0) return undefined;
  return {
    id: "messages",
    title: "Messages",
    body: html`<ul class="messages">
      ${messages.map(line)}
    </ul>`,
  };
}

function line({ at, level, message }: ReportedMessage): Html {
  const mark = level === "warning" ? html`<strong>Warning:</strong> ` : undefined;
  return html`<li class="${level}">
    <span class="at">${duration(at)}</span> ${mark}${prose(message)}
  </li>`;
}
