import { html, prose, type Html } from "./html";
import type { Section } from "./page";
import type { Report, ReportedMessage } from "./report";
import { duration } from "./format";

/** What the build said of itself. */
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
