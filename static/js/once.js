// @ts-check
/** What is found once: turns a function of an object that never changes, a run above all, into one that remembers. */

/**
 * Return a function that calls `make` once for each object and remembers what it returned, as long as the object lives.
 * @template {object} K
 * @template V
 * @param {(key: K) => V} make
 * @returns {(key: K) => V}
 */
export function oncePer(make) {
  /** @type {WeakMap<K, {value: V}>} */
  const known = new WeakMap();
  return (key) => {
    const found = known.get(key) ?? { value: make(key) };
    known.set(key, found);
    return found.value;
  };
}
