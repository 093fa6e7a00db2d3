/** A year in a random world: every month billed in time, bills decided about, and each quarter looked through again. */
import type { FactLine } from '../fact-lines.ts';
import { randomWorld, type Happening, type RandomWorld } from './random-world.ts';
import type { Family, Setting } from './setting.ts';

const COMMANDS_A_MONTH = 3;

export const randomYear = (seed: number, families: readonly Family[]): RandomWorld =>
  randomWorld(seed, { shops: 6, months: 12, families, happenings: monthByMonth });

/** What was told of a month by its end is billed then; what comes later is for the months after it. */
function monthByMonth({ prng, months }: Setting, _: readonly string[], byMonth: readonly FactLine[][]): Happening[] {
  let cut = 0;
  return months.flatMap((period, number) => {
    cut += byMonth[number]!.length;
    const run = { kind: 'run', period, cut } as const;
    const commands = Array.from({ length: COMMANDS_A_MONTH }, (): Happening => ({
      kind: 'some-command',
      dice: prng.whole(0, 1e9),
      cut,
    }));
    const isQuarterEnd = number % 3 === 2;
    const quarter = isQuarterEnd ? months.slice(number - 2, number + 1) : [];
    return [
      ...(isQuarterEnd ? [{ ...run, isDry: true }] : []),
      run,
      ...commands,
      ...quarter.map((month): Happening => ({ ...run, period: month, force: true })),
    ];
  });
}
