import type { Released } from "../../records/scope";
import { locationOf } from "../terminal/output";

/** What a command removed and what stays, as lines of text. */
export function describeReleased({ removed, kept }: Released): string[] {
  return [
    ...removed.map((publication) => `removed  ${publication.format}  ${locationOf(publication)}`),
    ...kept.flatMap(({ target, owners }) =>
      owners.map(({ owner, state }) => `kept     at ${target}: owned by ${owner} (${state})`),
    ),
    ...(removed.length + kept.length === 0 ? ["Nothing is published there anymore."] : []),
  ];
}
