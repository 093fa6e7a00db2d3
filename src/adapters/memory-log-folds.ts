/** How far the log was folded, in memory. */
import type { Pin } from '../domain/log-position.ts';
import type { LogFolds } from './log-folds.ts';

export function createMemoryLogFolds(): LogFolds {
  const positions = new Map<string, Pin>();
  return {
    positions: async () => [...positions.values()],
    move: async (moved) => {
      for (const pin of moved) {
        const place = `${pin.topic}/${pin.partition}`;
        if (pin.offset > (positions.get(place)?.offset ?? 0n)) positions.set(place, pin);
      }
    },
  };
}
