/** Work that is done once for each owner, however often it is asked for; one that failed is done again. */
export function oncePer<T>(): (owner: object, work: () => Promise<T>) => Promise<T> {
  const results = new WeakMap<object, Promise<T>>();
  return (owner, work) => {
    const known = results.get(owner);
    if (known !== undefined) return known;
    const result = work();
    results.set(owner, result);
    result.catch(() => results.delete(owner));
    return result;
  };
}
