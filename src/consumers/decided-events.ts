/** The events of a recorded decision, read out of the bytes that were published for it. */
import type { Codec } from '../adapters/codec.ts';
import type { RegisteredDecision } from '../adapters/register.ts';
import type { ShopEvent } from '../domain/events.ts';
import { BillingError } from '../errors.ts';

/** @throws BillingError REGISTER_CONFLICT when the bytes are none of ours */
export async function decidedEvents(
  codec: Codec,
  decision: Pick<RegisteredDecision, 'runId' | 'shopId' | 'decidedAt' | 'records'>,
): Promise<ShopEvent[]> {
  const events = decision.records.filter(({ topic }) => topic === 'events');
  const decoded = await codec.decode(
    events.map((record) => ({ ...record, partition: 0, offset: 0n, timestamp: decision.decidedAt })),
  );
  return decoded.map((one) => {
    if ('message' in one) return one.message as ShopEvent;
    const { runId, shopId } = decision;
    throw new BillingError(
      'REGISTER_CONFLICT',
      `The register's bytes of ${runId}/${shopId} are broken: ${one.problem}`,
    );
  });
}
