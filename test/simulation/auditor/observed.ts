/** What stands on the committed log, read as any other consumer would, and nothing else. */
import type { Decoded } from '../../../src/adapters/codec.ts';
import type { LogRecord } from '../../../src/adapters/log.ts';
import type { TopicName } from '../../../src/topics.ts';
import { bytesKey, type Told } from '../clients.ts';
import { places } from '../operator.ts';
import type { Servers } from '../servers.ts';
import type { FactLine } from '../../oracle/fact-lines.ts';

export type Message = Decoded['message'];
type OfType<T extends Message['type']> = Extract<Message, { type: T }>['data'];

export interface Seen {
  readonly id: string;
  readonly message: Message;
  readonly record: LogRecord;
}

export interface SeenFact {
  readonly line: FactLine;
  readonly position: { topic: string; partition: number; offset: number; timestamp: number };
}

export interface Observed {
  of(topic: TopicName): readonly Seen[];
  records(topic: TopicName): readonly LogRecord[];
  readonly facts: readonly SeenFact[];
  readonly told: Told;
  readonly timeZone: string;
}

export type RunStarted = OfType<'BillingRunStarted'>;
export type Pins = RunStarted['pins'];
export type Bill = OfType<'ShopBillCalculated'>;
export type Invoice = OfType<'InvoiceCreated'>;

export async function observe({ broker, codec }: Servers, told: Told, timeZone: string): Promise<Observed> {
  const records = new Map<TopicName, LogRecord[]>();
  const seen = new Map<TopicName, Seen[]>();
  for (const [topic, partition] of places({ broker })) {
    const slice = broker.slice(topic, partition, 0n, broker.end(topic, partition));
    records.set(topic, [...(records.get(topic) ?? []), ...slice]);
    const decoded = await codec.decode(slice);
    const messages = decoded.flatMap((one) =>
      'problem' in one ? [] : [{ id: one.envelope.id, message: one.message, record: one.record }],
    );
    seen.set(topic, [...(seen.get(topic) ?? []), ...messages]);
  }
  const facts = (['shops', 'usage', 'fx-rates'] as const).flatMap((topic) =>
    records.get(topic)!.flatMap((record) => {
      const line = told.lines.get(bytesKey(record));
      const { partition, offset, timestamp } = record;
      return line ? [{ line, position: { topic, partition, offset: Number(offset), timestamp } }] : [];
    }),
  );
  return { of: (topic) => seen.get(topic)!, records: (topic) => records.get(topic)!, facts, told, timeZone };
}

export const key = (...parts: readonly (string | number)[]): string => parts.join('|');

export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, keyOf);
}
