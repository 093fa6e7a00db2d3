/** Connections to Kafka, all set up alike. kafkajs is known to the kafka-*.ts files and topics-apply.ts only. */
import { Kafka, logLevel } from 'kafkajs';
import type { SASLOptions } from 'kafkajs';
import { stopIdleTimers } from './kafka-idle-timers.ts';
import type { Logger } from './logger.ts';

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkaServers {
  /** host:port of some brokers. */
  readonly brokers: readonly string[];
  readonly ssl?: boolean;
  readonly sasl?: KafkaSasl | null;
  readonly clientId: string;
  readonly logger: Logger;
}

/**
 * A client that connects nowhere yet. One per consumer and producer: clients share committed offsets inside kafkajs,
 * and what a producer has only announced would count as committed for its consumer.
 */
export function createKafkaClient({ brokers, ssl = false, sasl, clientId, logger }: KafkaServers): Kafka {
  stopIdleTimers();
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ssl,
    ...(sasl ? { sasl: { ...sasl } as SASLOptions } : {}),
    connectionTimeout: 2_000,
    authenticationTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 50, multiplier: 2, maxRetryTime: 1_000, retries: 4 },
    // What matters reaches us as errors and events; kafkajs's own lines are for those who look for trouble in it.
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ namespace, log: { message, error, groupId } }) =>
        logger.debug({ kafkajs: namespace, error: text(error), groupId: text(groupId) }, message),
  });
}

const text = (value: unknown): string | undefined =>
  value instanceof Error ? value.message : typeof value === 'string' ? value : undefined;
