/** Ids: deterministic ones from names (RFC 9562 version 5), random ones for everything that must not repeat. */
import { createHash, randomUUID } from 'node:crypto';

/** The namespace of all deterministic ids of this product. Frozen: another value would give known things new ids. */
export const BILLING_NAMESPACE = '5f2f6f0e-8b7c-5a53-9c0e-6d1d2f3b7a41';

/**
 * The same name always gives the same id.
 * @param namespace a UUID; by default the product's own
 */
export function uuidV5(name: string, namespace: string = BILLING_NAMESPACE): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const randomUuid = (): string => randomUUID();
