import type { Released } from "./scope";

/** Sentences about a release. Each count counts what was done. */
export function describeRelease(
  { removed, absent, left, kept }: Released,
  installKey: string,
): readonly string[] {
  const key = installKey.slice(0, 12);
  const count = absent.length;
  const sentences = [
    ...(removed.length > 0 ? [`Removed ${countOf(removed.length)} of ${key}.`] : []),
    ...(count > 0
      ? [
          `${countOf(count)} of ${key} ${count === 1 ? "was" : "were"} gone already: ${absent.map(({ uri }) => uri).join(", ")}.`,
        ]
      : []),
    ...kept.map(({ target, owners }) => {
      const whom = owners.map(({ owner, state }) => `${owner} (${state})`).join(", ");
      return `${target} keeps the image for ${whom}.`;
    }),
  ];
  return sentences.length + left.length > 0
    ? sentences
    : [`Nothing of ${key} was there to be removed.`];
}

export function leftNotice(location: string): string {
  return `${location} is not what was published (it was changed or replaced since) and was not removed. Delete it when nothing uses it any more.`;
}

function countOf(count: number): string {
  return `${count} ${count === 1 ? "publication" : "publications"}`;
}
