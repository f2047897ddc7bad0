/** Gives every test of a suite the environment that the suite began with. */
export function useEnvironment(): void {
  const saved = { ...process.env };
  afterEach(() => {
    for (const name of Object.keys(process.env)) {
      if (saved[name] === undefined) Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, saved);
  });
}
