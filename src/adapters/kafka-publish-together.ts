/** One transaction under a name that only its last taker may publish under. See Log.publishTogether. */
import { kafkaError } from './kafka-errors.ts';
import { openFencedProducer } from './kafka-transactions.ts';
import type { OutRecord } from './log.ts';

/**
 * Taking the transactional id ends its earlier holders and waits until their last transaction is wholly on the log or
 * wholly gone; so whatever `work` then reads, read_committed, is final. A producer of its own each time: this is for
 * what people do, not for what a month of shops does.
 */
export async function publishTogether(
  place: Parameters<typeof openFencedProducer>[0],
  work: () => Promise<readonly OutRecord[]>,
): Promise<void> {
  const producer = await openFencedProducer(place);
  try {
    const publish = await work();
    if (publish.length > 0) await producer.commit({ publish, positions: [] });
  } catch (error) {
    throw kafkaError(error, place.brokers);
  } finally {
    await producer.close();
  }
}
