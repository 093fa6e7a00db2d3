/** DOMAIN: "ties: higher interaction id, as bytes". Ids and channels are compared as UTF-8 bytes everywhere. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The same names and amounts, names in byte order. */
export function inByteOrder<T>(amounts: Iterable<readonly [string, T]>): [string, T][] {
  return [...amounts].map(([name, value]): [string, T] => [name, value]).sort(([a], [b]) => byBytes(a, b));
}
