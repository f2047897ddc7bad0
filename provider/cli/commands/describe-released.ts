import type { Released } from "../../records/scope";
import { locationOf } from "../terminal/output";

/** The removed publications and those that stay, as lines of text. */
export function describeReleased({ removed, absent, left, kept }: Released): string[] {
  const lines = [
    ...removed.map((publication) => `removed  ${publication.format}  ${locationOf(publication)}`),
    ...absent.map((publication) => `gone     ${publication.format}  ${locationOf(publication)}`),
    ...left.map((location) => `altered  ${location}`),
    ...kept.flatMap(({ target, owners }) =>
      owners.map(({ owner, state }) => `kept     at ${target}: owned by ${owner} (${state})`),
    ),
  ];
  return lines.length > 0 ? lines : ["Nothing is published there anymore."];
}
