/**
 * Orders ids as Postgres does under collation "C": by their UTF-8 bytes, that is by code point. It differs from `<`
 * only where a character outside the basic plane meets one above its surrogates.
 */
export function compareIds(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return aboveSurrogates(x) - aboveSurrogates(y);
  }
  return a.length - b.length;
}

/** Moves surrogates, which stand for the highest code points, behind the other code units. */
const aboveSurrogates = (unit: number): number =>
  unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
