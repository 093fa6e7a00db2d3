/** What was set aside is whole, once, and nothing else was. */
import type { TopicName } from '../../../src/topics.ts';
import type { FactLine } from '../../oracle/fact-lines.ts';
import { bytesKey } from '../clients.ts';
import { grouped, key, type Observed } from './observed.ts';

const SET_ASIDE_FROM = ['shops', 'usage', 'fx-rates', 'run-requests', 'shop-requests'] as const;

export function checkDeadLetters(observed: Observed): string[] {
  const contradicted = contradictions(observed);
  const reported = new Set<string>();
  const violations = SET_ASIDE_FROM.flatMap((topic) => {
    const letters = observed.records(`${topic}.dlq` as TopicName);
    const originals = new Map(
      observed.records(topic).map((record) => [key(record.topic, record.partition, String(record.offset)), record]),
    );
    // Sent back, a record may fail again: that is another letter of the same original.
    const byOriginal = grouped(letters, ({ headers }) =>
      key(
        headers['original-topic']!,
        headers['original-partition']!,
        headers['original-offset']!,
        headers['redrive-count']!,
      ),
    );
    return [...byOriginal].flatMap(([place, copies]) => {
      const original = originals.get(place.slice(0, place.lastIndexOf('|')));
      if (original === undefined) return [`a dead letter of ${place}, where nothing is`];
      const line = observed.told.lines.get(bytesKey(original));
      if (line !== undefined) reported.add(idOf(line));
      return [
        ...(copies.length === 1 ? [] : [`${copies.length} dead letters of ${place}`]),
        ...(copies.every(({ value }) => bytesKey({ topic, value }) === bytesKey({ topic, value: original.value }))
          ? []
          : [`a dead letter of ${place} with other bytes`]),
        ...(line !== undefined && !contradicted.has(idOf(line)) ? [`a good fact was set aside: ${place}`] : []),
      ];
    });
  });
  const unreported = [...contradicted].filter((id) => !reported.has(id));
  return [...violations, ...unreported.map((id) => `nobody was told that ${id} is contradicted`)];
}

/** Facts with one id that say different things: which of them is set aside depends on who came first. */
function contradictions({ facts }: Observed): Set<string> {
  const versions = grouped(
    facts.map(({ line }) => line),
    idOf,
  );
  return new Set(
    [...versions].flatMap(([id, lines]) => (new Set(lines.map((line) => JSON.stringify(line))).size > 1 ? [id] : [])),
  );
}

/** What may be told once only; what may be told again and again is its own. */
function idOf(line: FactLine): string {
  switch (line.type) {
    case 'PurchaseAttributed':
    case 'OrderPlaced':
      return key('order', line.shopId, line.orderId);
    case 'PurchaseRefunded':
      return key('refund', line.shopId, line.refundId);
    case 'InteractionRecorded':
      return key('interaction', line.shopId, line.interactionId);
    case 'FxRateQuoted':
      return key('quote', line.base, line.quote, line.asOf);
    case 'ShopRegistered':
    case 'PlanAssigned':
      return JSON.stringify(line);
  }
}
