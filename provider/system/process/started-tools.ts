type Listener = (command: string) => void;

const listeners = new Set<Listener>();

/** Calls `listener` with the command line of every tool that this process starts. Returns a function that ends this. */
export function onToolStart(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Reports a tool to the listeners. */
export function reportToolStart(tool: string, args: readonly string[]): void {
  if (listeners.size === 0) return;
  const command = [tool, ...args].map(shellQuote).join(" ");
  for (const listener of listeners) listener(command);
}

function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
