/** Ends of partitions compared and combined: what one calculation could see and another could not. */
import type { LogPosition, Pin } from './log-position.ts';

/** Whether a calculation with these pins sees what stands at `position`. */
export function sees(pins: readonly Pin[], position: LogPosition): boolean {
  return pins.some(
    ({ topic, partition, offset }) =>
      topic === position.topic && partition === position.partition && position.offset < offset,
  );
}

/** Pins that see whatever any of the given ones sees. */
export function furthest(...all: readonly (readonly Pin[])[]): Pin[] {
  const ends = new Map<string, Pin>();
  for (const pin of all.flat()) {
    const name = `${pin.topic}/${pin.partition}`;
    const before = ends.get(name);
    if (before === undefined || before.offset < pin.offset) ends.set(name, pin);
  }
  return [...ends.values()];
}

/** Pins that see what all of the given ones see; none given see nothing. */
export function nearest(...all: readonly (readonly Pin[])[]): Pin[] {
  const [first = [], ...others] = all;
  return first.flatMap((pin) => {
    const ends = others.map(
      (pins) => pins.find(({ topic, partition }) => topic === pin.topic && partition === pin.partition)?.offset ?? 0n,
    );
    const offset = ends.reduce((least, end) => (end < least ? end : least), pin.offset);
    return offset > 0n ? [{ ...pin, offset }] : [];
  });
}

export const ofTopic = (topic: string, pins: readonly Pin[]): Pin[] => pins.filter((pin) => pin.topic === topic);
