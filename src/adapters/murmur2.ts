/** Which partition a key belongs to: murmur2, as the Java client does it, so that any producer agrees with ours. */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** The 32 bit hash, signed. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  let hash = SEED ^ length;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    k = Math.imul(k, M);
    k = Math.imul(k ^ (k >>> 24), M);
    hash = Math.imul(hash, M) ^ k;
  }
  const left = length - whole;
  if (left === 3) hash ^= bytes[whole + 2]! << 16;
  if (left >= 2) hash ^= bytes[whole + 1]! << 8;
  if (left >= 1) hash = Math.imul(hash ^ bytes[whole]!, M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/** The partition of a key; a record without key goes to the first, so that a repeated attempt meets the same one. */
export function partitionOf(key: string | null, partitions: number): number {
  return key === null ? 0 : (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
}
