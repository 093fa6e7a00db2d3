/** `billing replay`: a period decided again beside a running system; tells what would differ and why. */
import type { Command } from 'commander';
import type { App } from '../app.ts';
import { loadConfig } from '../config.ts';
import type { ChangedField } from '../consumers/compare-decisions.ts';
import type { ReplayDifference } from '../consumers/replay-period.ts';
import { monthDates } from '../domain/calendar.ts';
import { presentDifference } from './present-replay.ts';
import { streamJsonList } from './json-stream.ts';
import { createProgress } from './progress.ts';
import { withApp } from './servers.ts';
import { renderTable } from './table.ts';
import type { CliContext } from './terminal.ts';

interface ReplayOptions {
  readonly period: string;
  readonly json?: true;
}

export function addReplayCommand(program: Command, context: CliContext): void {
  program
    .command('replay')
    .description('decide a period again and tell what would differ; nothing is published or changed')
    .requiredOption('--period <month>', 'the month, such as 2026-10')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Everything keeps running meanwhile. Each decision is made again twice: from the facts it was made of, where nothing may
differ, and from the facts there are now, which tells what came late.

Exit code: 1 when anything differs.

Examples:
  billing replay --period 2026-10
  billing replay --period 2026-10 --json`,
    )
    .action(async (options: ReplayOptions) => {
      const periodStartDate = monthDates(options.period).first;
      const config = loadConfig(undefined, { logLevel: 'warn' });
      await withApp({ context, config, endsItself: true }, (app) =>
        printReplay(context, app, periodStartDate, options),
      );
    });
}

async function printReplay(
  { terminal, clock, interrupted, exitWith }: CliContext,
  app: App,
  periodStartDate: string,
  { period, json }: ReplayOptions,
): Promise<void> {
  const progress = createProgress({ terminal, clock, label: 'Replaying' });
  const counts = { decisions: 0, stored: 0, current: 0 };
  const pages = (async function* () {
    for await (const { decisions, differences } of app.replayPeriod(periodStartDate, { signal: interrupted })) {
      counts.decisions = decisions;
      for (const { pins } of differences) counts[pins] += 1;
      progress.update(decisions, null, 'decisions');
      yield differences;
    }
  })();
  try {
    const text = json ? toJsonText(period, pages, counts) : toText(pages, counts, terminal.width);
    for await (const part of text) {
      progress.stop();
      await terminal.out(part);
    }
  } finally {
    progress.stop();
  }
  if (counts.stored + counts.current > 0) exitWith(1);
}

interface Counts {
  readonly decisions: number;
  readonly stored: number;
  readonly current: number;
}

type Pages = AsyncIterable<readonly ReplayDifference[]>;

/** The counts stand behind the list: they are known when it is whole. */
async function* toJsonText(period: string, pages: Pages, counts: Counts): AsyncIterable<string> {
  const presented = (async function* () {
    for await (const page of pages) yield page.map(presentDifference);
  })();
  yield `{\n  "period": ${JSON.stringify(period)},\n  "differences": `;
  yield* streamJsonList(presented, '  ');
  const { decisions, stored, current } = counts;
  yield `,\n  "decisions": ${decisions},\n  "differ_at_stored_pins": ${stored},\n  "differ_at_current_pins": ${current}\n}\n`;
}

async function* toText(pages: Pages, counts: Counts, width: number | null): AsyncIterable<string> {
  for await (const page of pages) if (page.length > 0) yield differenceTable(page, width);
  const { decisions, stored, current } = counts;
  yield (
    `${decisions.toLocaleString('en')} decisions made again. At their own pins ${differ(stored)}; with the facts ` +
    `there are now ${differ(current)}.\n`
  );
}

const differ = (count: number): string =>
  count === 0 ? 'none differs' : `${count.toLocaleString('en')} ${count === 1 ? 'differs' : 'differ'}`;

function differenceTable(differences: readonly ReplayDifference[], width: number | null): string {
  return renderTable({
    columns: [
      { title: 'Shop', shrinks: true },
      { title: 'Facts' },
      { title: 'Why' },
      { title: 'Decided' },
      { title: 'Now' },
      { title: 'What', shrinks: true },
    ],
    rows: differences.map(({ shopId, pins, cause, decidedOutcome, recomputedOutcome, fields }) => [
      shopId,
      pins === 'stored' ? 'as decided' : 'as of now',
      cause.replaceAll('_', ' '),
      decidedOutcome,
      recomputedOutcome,
      what(fields),
    ]),
    width,
  });
}

/** The first few, amounts owed before others; `--json` has all. */
function what(fields: readonly ChangedField[]): string {
  const named = [...fields].sort((a, b) => weight(a) - weight(b)).slice(0, 2);
  const told = named.map(({ path, decided, recomputed }) => `${path} ${short(decided)} → ${short(recomputed)}`);
  const more = fields.length - named.length;
  return [...told, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

const weight = ({ path }: ChangedField): number => (/\.(totalMinor|feeMinor|subtotalMinor)$/.test(path) ? 0 : 1);

function short(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  return typeof value === 'object' ? 'an entry' : `${value as string | number | bigint | boolean}`;
}
