/** A cancellation that stands behind the request in hand: a run must not have to be planned before it can be stopped. */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { Batch, Log } from '../adapters/log.ts';
import { holdsOnlyText } from '../domain/text.ts';

const LOOK_EVERY_MS = 1_000;

/** What a cancellation on the log says. */
export interface CancelSeen {
  readonly reason: string;
  readonly actor: string | null;
  readonly eventId: string;
}

/**
 * Returns a look-out for the first cancellation of `runId` behind the batch: null while there is none, and what it says
 * once it was seen. Looks once a second at most, however often it is asked.
 */
export function createCancelAhead(
  { log, codec, clock }: { log: Pick<Log, 'endOffsets' | 'read'>; codec: Codec; clock: Clock },
  { topic, partition, nextOffset }: Batch,
  runId: string,
): () => Promise<CancelSeen | null> {
  let seenTo = nextOffset;
  let lookAt = 0;
  let seen: CancelSeen | null = null;

  async function look(): Promise<void> {
    const end = (await log.endOffsets([topic])).find((one) => one.partition === partition)?.offset ?? 0n;
    if (end <= seenTo) return;
    for await (const records of log.read([{ topic, partition, from: seenTo, to: end }])) {
      for (const decoded of await codec.decode(records)) {
        if (!('message' in decoded) || decoded.message.type !== 'BillingRunCancelRequested') continue;
        // Its own turn will set it aside.
        if (!holdsOnlyText(decoded.message.data)) continue;
        const { runId: meant, reason, actor } = decoded.message.data;
        if (meant === runId) seen ??= { reason, actor, eventId: decoded.envelope.id };
      }
    }
    seenTo = end;
  }

  return async () => {
    if (seen !== null || clock.now() < lookAt) return seen;
    await look();
    lookAt = clock.now() + LOOK_EVERY_MS;
    return seen;
  };
}
