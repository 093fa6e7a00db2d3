/** The biller's offsets set back, as an operator does it with a Kafka client. */
import { Kafka, logLevel } from 'kafkajs';
import { inject } from 'vitest';
import type { App } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import './provided.ts';

/** Has the billers, which must be stopped, begin at the first request again. */
export async function resetToBeginning({ topicPrefix }: Pick<Config, 'topicPrefix'>): Promise<void> {
  const admin = new Kafka({ brokers: [inject('kafka')], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.resetOffsets({ groupId: `${topicPrefix}biller`, topic: `${topicPrefix}shop-requests`, earliest: true });
  } finally {
    await admin.disconnect();
  }
}

/** Resolves when the billers have committed to the ends of their topic. */
export async function billerCaughtUp({ log, clock }: Pick<App, 'log' | 'clock'>): Promise<void> {
  const ends = await log.endOffsets(['shop-requests']);
  for (;;) {
    const committed = new Map(
      (await log.committedOffsets('biller', ['shop-requests'])).map((at) => [at.partition, at.offset]),
    );
    if (ends.every(({ partition, offset }) => (committed.get(partition) ?? 0n) >= offset)) return;
    await clock.sleep(50);
  }
}
