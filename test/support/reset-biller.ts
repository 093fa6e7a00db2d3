/** The biller's offsets set back, as an operator does it: with a Kafka client, or with Kafka's own tool. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { inject } from 'vitest';
import { defaultCacheDirectory, jarDirectory } from '../../stack/jars.ts';
import { findJava } from '../../stack/toolchain.ts';
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

/**
 * The same with what `kafka-consumer-groups.sh` runs, as docs/replay.md says. Without Java or the jars of a local stack
 * on this machine: with a client.
 */
export async function resetWithKafkasTool(config: Pick<Config, 'topicPrefix'>): Promise<void> {
  const java = findJava();
  const jars = await jarDirectory(defaultCacheDirectory(), 'kafka');
  if (java === null || !existsSync(jars)) return resetToBeginning(config);
  const tool = ['-cp', join(jars, '*'), 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'];
  const { topicPrefix } = config;
  const group = ['--bootstrap-server', inject('kafka'), '--group', `${topicPrefix}biller`];
  const reset = ['--topic', `${topicPrefix}shop-requests`, '--reset-offsets', '--to-earliest', '--execute'];
  const { stdout } = await promisify(execFile)(java, [...tool, ...group, ...reset], { timeout: 60_000 });
  if (!stdout.includes(`${topicPrefix}shop-requests`)) throw new Error(`nothing was reset: ${stdout}`);
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
