/** What every store of publication marks promises. Run on memory and on Postgres. */
import { expect, test } from 'vitest';
import type { PublicationMarks } from '../../src/adapters/publication-marks.ts';

export function publicationMarksContract(createMarks: () => Promise<PublicationMarks>): void {
  test('a mark begins at zero, moves forward and never back, each for itself', async () => {
    const marks = await createMarks();
    expect(await marks.load('biller', 'shop-requests', 0)).toBe(0n);

    await marks.advance('biller', 'shop-requests', 0, 9_007_199_254_740_993n);
    await marks.advance('biller', 'shop-requests', 0, 5n);
    await marks.advance('biller', 'shop-requests', 1, 1n);
    await marks.advance('planner', 'shop-requests', 0, 2n);
    await marks.advance('biller', 'run-requests', 0, 3n);

    expect(await marks.load('biller', 'shop-requests', 0)).toBe(9_007_199_254_740_993n);
    expect(await marks.load('biller', 'shop-requests', 1)).toBe(1n);
    expect(await marks.load('planner', 'shop-requests', 0)).toBe(2n);
    expect(await marks.load('biller', 'run-requests', 0)).toBe(3n);
  });

  test('advanced at the same time, a mark ends at the furthest', async () => {
    const marks = await createMarks();
    const offsets = [7n, 3n, 9n, 1n];

    await Promise.all(offsets.map((offset) => marks.advance('biller', 'shop-requests', 0, offset)));

    expect(await marks.load('biller', 'shop-requests', 0)).toBe(9n);
  });
}
