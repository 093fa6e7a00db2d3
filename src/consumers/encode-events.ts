/** Events about a shop → records, each named by its place in the shop's sequence and pointing back to its request. */
import type { Codec, Envelope } from '../adapters/codec.ts';
import type { OutRecord } from '../adapters/log.ts';
import type { ShopEvent } from '../domain/events.ts';
import { eventIdName } from '../domain/ids.ts';
import { positionText } from '../domain/log-position.ts';
import type { ShopRequest } from './shop-request.ts';

export interface EncodeDependencies {
  readonly codec: Codec;
  readonly deterministicId: (name: string) => string;
}

export interface ShopEventEncoder {
  encode(event: ShopEvent): OutRecord;
  /** All but the event's last field, a number that only the register can give. */
  encodeOpen(event: ShopEvent): (number: string) => OutRecord;
}

/** @param now epoch milliseconds */
export function shopEventEncoder(
  { codec, deterministicId }: EncodeDependencies,
  { request, dryRun, now }: { request: Pick<ShopRequest, 'record' | 'causationId'>; dryRun: boolean; now: number },
): ShopEventEncoder {
  const topic = dryRun ? 'dry-run-events' : 'events';
  const requestPosition = positionText(request.record);
  const envelopeOf = ({ type, data: { runId, shopId, shopSequence } }: ShopEvent): Envelope => ({
    id: deterministicId(eventIdName(dryRun ? { runId, shopId, type } : { shopId, shopSequence, type })),
    correlationId: runId,
    causationId: request.causationId,
    time: now,
    requestPosition,
  });
  return {
    encode: (event) => codec.encode(topic, event.data.shopId, event.type, event.data, envelopeOf(event)),
    encodeOpen: (event) => codec.encodeOpen(topic, event.data.shopId, event.type, event.data, envelopeOf(event)),
  };
}
