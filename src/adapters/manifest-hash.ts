import { createHash } from 'node:crypto';
import { BillingError } from '../errors.ts';
import { compareIds } from './id-order.ts';

/** Counts and hashes a manifest chunk by chunk: sha256 over the shop ids in their order, each followed by a line feed. */
export function createManifestHash() {
  const hash = createHash('sha256');
  let count = 0;
  let last: string | null = null;
  return {
    /** @throws BillingError INTERNAL when the ids do not ascend: the hash would depend on who lists them */
    add: (shopIds: readonly string[]): void => {
      for (const shopId of shopIds) {
        if (last !== null && compareIds(last, shopId) >= 0) {
          throw new BillingError('INTERNAL', `A manifest must ascend: ${shopId} came after ${last}.`);
        }
        last = shopId;
      }
      count += shopIds.length;
      if (shopIds.length > 0) hash.update(`${shopIds.join('\n')}\n`);
    },
    finish: () => ({ expectedShops: count, manifestSha256: hash.digest('hex') }),
  };
}
