/** Values by key, each made at the first call. A promise that rejects is forgotten: the next call makes a new one. */
export interface Memo<K, V> {
  readonly get: (key: K, make: () => V) => V;
  readonly delete: (key: K) => void;
}

/** Keeps at most `limit` values; when there are more, all are forgotten. */
export function memo<V>(limit = Infinity): Memo<string, V> {
  const values = new Map<string, V>();
  return memoIn<string, V>({
    get: (key) => values.get(key),
    set: (key, value) => {
      if (values.size >= limit) values.clear();
      values.set(key, value);
    },
    delete: (key) => values.delete(key),
  });
}

/** Values by object, each kept as long as its object is. */
export function memoPerObject<V>(): Memo<object, V> {
  return memoIn(new WeakMap<object, V>());
}

/** A single value, made from the arguments of the first call. */
export function lazy<A extends readonly unknown[], V>(make: (...args: A) => V): (...args: A) => V {
  const value = memo<V>();
  return (...args) => value.get("", () => make(...args));
}

/**
 * Shares a promise with those who ask for the same key while it is pending. A failure is not shared, because it may come
 * from the signal or the credentials of the first caller: each of the others does the work itself.
 */
export function sharePending<V>(): (key: string, work: () => Promise<V>) => Promise<V> {
  const pending = new Map<string, Promise<V>>();
  return async (key, work) => {
    const first = pending.get(key);
    if (first !== undefined) {
      const result = await first.then(
        (value) => ({ value }),
        () => undefined,
      );
      if (result !== undefined) return result.value;
    }
    const own = work().finally(() => {
      if (pending.get(key) === own) pending.delete(key);
    });
    pending.set(key, own);
    return own;
  };
}

interface Store<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
  delete(key: K): unknown;
}

function memoIn<K, V>(store: Store<K, V>): Memo<K, V> {
  return {
    get: (key, make) => {
      const known = store.get(key);
      if (known !== undefined) return known;
      const value = make();
      store.set(key, value);
      if (value instanceof Promise) {
        value.catch(() => {
          if (store.get(key) === value) store.delete(key);
        });
      }
      return value;
    },
    delete: (key) => void store.delete(key),
  };
}
