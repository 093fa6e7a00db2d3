/** The log read from its beginning to where it ended at the start, some shops at a time: memory is bounded by these. */
import type { Codec, Decoded } from '../adapters/codec.ts';
import type { Log, LogRecord } from '../adapters/log.ts';
import type { Pin } from '../domain/log-position.ts';
import type { Fact } from '../domain/facts.ts';
import type { RunEvent, ShopEvent } from '../domain/events.ts';
import { FACT_TOPICS, TOPICS, type TopicName } from '../topics.ts';
import { factProblem } from '../domain/fact-problem.ts';

/** Anything with the record it was read from. */
export interface Logged<T> {
  readonly record: LogRecord;
  readonly message: T;
}

export interface ShopOnLog {
  readonly shopId: string;
  /** In the order of (topic, partition, offset). */
  readonly facts: Logged<Exclude<Fact, { type: 'FxRateQuoted' }>>[];
  readonly events: Logged<ShopEvent>[];
}

export interface LogReader {
  readonly log: Pick<Log, 'read'>;
  readonly codec: Pick<Codec, 'decode'>;
  /** Where every topic ended when the verification began. */
  readonly ends: readonly Pin[];
}

export const placeOf = ({ topic, partition, offset }: LogRecord): string => `${topic}/${partition}/${offset}`;

/** Decoded messages of the topics; `wanted` looks at the key before anything is decoded. */
async function* messages(
  { log, codec, ends }: LogReader,
  topics: readonly TopicName[],
  wanted: (record: LogRecord) => boolean,
): AsyncIterable<Decoded> {
  for (const { topic, partition, offset: to } of ends) {
    if (!topics.some((name) => name === topic)) continue;
    for await (const records of log.read([{ topic: topic as TopicName, partition, from: 0n, to }])) {
      for (const decoded of await codec.decode(records.filter(wanted))) {
        if ('message' in decoded) yield decoded;
      }
    }
  }
}

/** Facts and events of the shops of one part, by shop id. */
export async function readShops(reader: LogReader, part: number, parts: number): Promise<Map<string, ShopOnLog>> {
  const shops = new Map<string, ShopOnLog>();
  const topics = ['shops', 'usage', 'events'] as const;
  for await (const { record, message } of messages(reader, topics, ({ key }) => partOf(key ?? '', parts) === part)) {
    if (!('shopId' in message.data) || !isOf(record.topic, message.type)) continue;
    const { shopId } = message.data;
    const shop = shops.get(shopId) ?? { shopId, facts: [], events: [] };
    if (record.topic === 'events') shop.events.push({ record, message: message as ShopEvent });
    else if (factProblem(message as Fact) === null) {
      shop.facts.push({ record, message: message as ShopOnLog['facts'][number]['message'] });
    } else continue;
    shops.set(shopId, shop);
  }
  return shops;
}

export type LoggedQuote = Logged<Extract<Fact, { type: 'FxRateQuoted' }>>;

export async function readQuotes(reader: LogReader): Promise<LoggedQuote[]> {
  const quotes: LoggedQuote[] = [];
  for await (const { record, message } of messages(reader, ['fx-rates'], () => true)) {
    if (message.type === 'FxRateQuoted' && factProblem(message) === null) quotes.push({ record, message });
  }
  return quotes;
}

export async function readRunEvents(reader: LogReader): Promise<Logged<RunEvent>[]> {
  const events: Logged<RunEvent>[] = [];
  for await (const { record, message } of messages(reader, ['run-events'], () => true)) {
    events.push({ record, message: message as RunEvent });
  }
  return events;
}

/** In how many parts the shops are looked at, so that each has about so many records. */
export function partCount(ends: readonly Pin[], recordsAtOnce: number): number {
  const records = ends
    .filter(({ topic }) => topic === 'events' || FACT_TOPICS.some((name) => name === topic))
    .reduce((sum, { offset }) => sum + Number(offset), 0);
  return Math.max(1, Math.ceil(records / recordsAtOnce));
}

/** FNV-1a: the same shop is always in the same part, whatever partition its records are in. */
export function partOf(shopId: string, parts: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < shopId.length; index++) hash = Math.imul(hash ^ shopId.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % parts;
}

const isOf = (topic: TopicName, type: string): boolean => (TOPICS[topic].messages as readonly string[]).includes(type);
