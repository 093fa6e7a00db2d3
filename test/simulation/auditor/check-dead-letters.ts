/** What was set aside is whole, once, and nothing else was. */
import type { TopicName } from '../../../src/topics.ts';
import { bytesKey } from '../clients.ts';
import { grouped, type Observed } from './observed.ts';

const SET_ASIDE_FROM = ['shops', 'usage', 'fx-rates', 'run-requests', 'shop-requests'] as const;

export function checkDeadLetters(observed: Observed): string[] {
  return SET_ASIDE_FROM.flatMap((topic) => {
    const letters = observed.records(`${topic}.dlq` as TopicName);
    const originals = new Map(
      observed.records(topic).map((record) => [`${record.topic}/${record.partition}/${record.offset}`, record]),
    );
    const byOriginal = grouped(
      letters,
      ({ headers: { 'original-topic': from, 'original-partition': partition, 'original-offset': offset } }) =>
        `${from}/${partition}/${offset}`,
    );
    return [...byOriginal].flatMap(([place, copies]) => {
      const original = originals.get(place);
      if (original === undefined) return [`a dead letter of ${place}, where nothing is`];
      return [
        ...(copies.length === 1 ? [] : [`${copies.length} dead letters of ${place}`]),
        ...(copies.every(({ value }) => bytesKey({ topic, value }) === bytesKey({ topic, value: original.value }))
          ? []
          : [`a dead letter of ${place} with other bytes`]),
        ...(observed.told.lines.has(bytesKey(original)) ? [`a good fact was set aside: ${place}`] : []),
      ];
    });
  });
}
