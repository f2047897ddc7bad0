type Listener = (command: string) => void;

const listeners = new Set<Listener>();

/** Tells of every tool that this process starts from now on, as it would be typed. Returns what ends that. */
export function onToolStart(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** For what starts tools. */
export function reportToolStart(tool: string, args: readonly string[]): void {
  if (listeners.size === 0) return;
  const command = [tool, ...args].map(quoted).join(" ");
  for (const listener of listeners) listener(command);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
