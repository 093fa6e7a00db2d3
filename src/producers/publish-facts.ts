/** Facts → records on the topics facts come in by. */
import type { Codec } from '../adapters/codec.ts';
import type { Log, OutRecord } from '../adapters/log.ts';
import { uuidV5 } from '../adapters/uuid.ts';
import type { Fact } from '../domain/facts.ts';
import { createOrderedPublisher } from './ordered-publisher.ts';

/**
 * The record of a fact, by the map in topics.ts. Its id is made from what the fact says, so the same fact has the same
 * id however often it is published.
 */
export function toRecord(codec: Pick<Codec, 'encode'>, fact: Fact): OutRecord {
  const envelope = { id: idOf(fact), correlationId: null, causationId: null, time: timeOf(fact) };
  const key = keyOf(fact);
  switch (fact.type) {
    case 'ShopRegistered':
    case 'PlanAssigned':
      return codec.encode('shops', key, fact.type, fact.data, envelope);
    case 'PurchaseAttributed':
    case 'PurchaseRefunded':
    case 'InteractionRecorded':
    case 'OrderPlaced':
      return codec.encode('usage', key, fact.type, fact.data, envelope);
    case 'FxRateQuoted':
      return codec.encode('fx-rates', key, fact.type, fact.data, envelope);
    default:
      return fact satisfies never;
  }
}

/**
 * Publishes facts in their order, in constant memory, and returns how many there were. Publishing again what was
 * published is harmless: the same fact twice is one fact. Throws what the log throws, or the signal's reason.
 */
export async function publishFacts({
  facts,
  log,
  codec,
  signal,
}: {
  readonly facts: Iterable<Fact> | AsyncIterable<Fact>;
  readonly log: Pick<Log, 'publish'>;
  readonly codec: Pick<Codec, 'encode'>;
  readonly signal?: AbortSignal;
}): Promise<number> {
  const publisher = createOrderedPublisher<number>({ log });
  let count = 0;
  for await (const fact of facts) {
    const waiting = publisher.add(toRecord(codec, fact), ++count);
    if (waiting === undefined) continue;
    await waiting;
    signal?.throwIfAborted();
  }
  await publisher.flush();
  return count;
}

function keyOf({ type, data }: Fact): string {
  return type === 'FxRateQuoted' ? `${data.base}+${data.quote}` : data.shopId;
}

/** Epoch milliseconds. A quote stands for its day, and takes the day's beginning. */
function timeOf({ type, data }: Fact): number {
  return type === 'FxRateQuoted' ? Date.parse(`${data.asOf}T00:00:00Z`) : data.occurredAt;
}

function idOf({ type, data }: Fact): string {
  return uuidV5(`fact ${type} ${JSON.stringify(data, digits)}`);
}

function digits(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value;
}
