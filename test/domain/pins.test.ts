import { expect, test } from 'vitest';
import { furthest, nearest, ofTopic, sees } from '../../src/domain/pins.ts';

const pin = (topic: string, partition: number, offset: number) => ({ topic, partition, offset: BigInt(offset) });

test('pins see what stands before them, in their own partition and topic', () => {
  const pins = [pin('usage', 1, 5)];

  expect(sees(pins, pin('usage', 1, 4))).toBe(true);
  expect(sees(pins, pin('usage', 1, 5))).toBe(false);
  expect(sees(pins, pin('usage', 0, 4))).toBe(false);
  expect(sees(pins, pin('shops', 1, 4))).toBe(false);
});

test('the furthest see whatever any sees, partition by partition', () => {
  const ends = furthest([pin('usage', 0, 5), pin('usage', 1, 1)], [pin('usage', 0, 3), pin('usage', 2, 7)]);

  expect(ends).toEqual([pin('usage', 0, 5), pin('usage', 1, 1), pin('usage', 2, 7)]);
  expect(furthest()).toEqual([]);
});

test('the nearest see what all see; a partition that one does not name is seen by none', () => {
  const ends = nearest([pin('usage', 0, 5), pin('usage', 1, 1)], [pin('usage', 0, 3), pin('usage', 2, 7)]);

  expect(ends).toEqual([pin('usage', 0, 3)]);
  expect(nearest()).toEqual([]);
});

test('of one topic', () => {
  expect(ofTopic('usage', [pin('shops', 0, 1), pin('usage', 0, 2)])).toEqual([pin('usage', 0, 2)]);
});
