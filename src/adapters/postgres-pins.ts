/** Pins as a jsonb column: offsets as text, because JSON numbers end at 2^53. */
import type { Pin } from '../domain/log-position.ts';

export type StoredPins = readonly { topic: string; partition: number; offset: string }[];

export const pinsToJson = (pins: readonly Pin[]): string =>
  JSON.stringify(pins.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })));

export const pinsFromJson = (stored: StoredPins): Pin[] =>
  stored.map(({ topic, partition, offset }) => ({ topic, partition, offset: BigInt(offset) }));
