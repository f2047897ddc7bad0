/** Restores the environment before every test of a suite. */
export function useEnvironment(): void {
  const saved = { ...process.env };
  afterEach(() => {
    for (const name of Object.keys(process.env)) {
      if (saved[name] === undefined) Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, saved);
  });
}
