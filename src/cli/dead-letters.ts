/** `billing dead-letters`: the records that could not be handled, and what is done about them. */
import type { Command } from 'commander';
import type { App, DeadLetterAsk } from '../app.ts';
import { loadConfig } from '../config.ts';
import { BillingError } from '../errors.ts';
import { parseDeadLetterFilter } from '../gateway/dead-letter-filter.ts';
import { findDeadLetter } from '../gateway/find-dead-letter.ts';
import {
  presentDeadLetter,
  presentDiscarded,
  presentFoundDeadLetter,
  presentLeft,
  presentRedriven,
} from '../gateway/present-dead-letter.ts';
import { userName } from './actor.ts';
import { WORKING_ROLES } from './ask-and-follow.ts';
import { anyOf } from './crew.ts';
import { streamJsonList } from './json-stream.ts';
import { allPages, PAGE_SIZE } from './pages.ts';
import { deadLetterTable, renderDeadLetter, renderLeft } from './print-dead-letter.ts';
import { withReason } from './reason.ts';
import { withApp } from './servers.ts';
import { renderTable } from './table.ts';
import { toJson, type CliContext } from './terminal.ts';

interface FilterOptions {
  readonly code?: string;
  readonly run?: string;
  readonly topic?: string;
  readonly olderThan?: string;
  readonly newerThan?: string;
}

interface ActionOptions extends FilterOptions {
  readonly all?: true;
  readonly reason?: string;
  readonly json?: true;
}

export function addDeadLettersCommand(program: Command, context: CliContext): void {
  const group = program.command('dead-letters').description('records that could not be handled');
  addList(group, context);
  addShow(group, context);
  addRedrive(group, context);
  addDiscard(group, context);
}

const withFilters = (command: Command): Command =>
  command
    .option('--code <code>', 'that failed with this code')
    .option('--run <id>', 'of this run')
    .option('--topic <topic>', 'read from this topic, such as shop-requests')
    .option('--older-than <age>', 'that failed longer ago: 30m, 2h, 7d')
    .option('--newer-than <age>', 'that failed no longer ago');

function addList(group: Command, context: CliContext): void {
  withFilters(group.command('list'))
    .description('list them with what went wrong')
    .option('--settled', 'those that were redriven or discarded, instead of those that wait')
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
Examples:
  billing dead-letters list
  billing dead-letters list --code FX_RATE_MISSING --newer-than 1d
  billing dead-letters list --settled --json`,
    )
    .action(async (options: FilterOptions & { settled?: true; json?: true }) => {
      const where = { ...parseDeadLetterFilter(options, context.clock.now()), settled: options.settled ?? false };
      await withLetters(context, (app) => printList(context, app, where, options));
    });
}

async function printList(
  { terminal }: CliContext,
  { readModels }: App,
  where: NonNullable<Parameters<App['readModels']['listDeadLetters']>[0]['where']>,
  { json }: { json?: true },
): Promise<void> {
  const pages = allPages((cursor) => readModels.listDeadLetters({ where, cursor, limit: PAGE_SIZE }));
  if (json) {
    const letters = (async function* () {
      for await (const page of pages) yield page.map(presentDeadLetter);
    })();
    for await (const text of streamJsonList(letters, '')) if (!(await terminal.out(text))) return;
    await terminal.out('\n');
    return;
  }
  let isEmpty = true;
  for await (const page of pages) {
    isEmpty = false;
    if (!(await terminal.out(deadLetterTable(page, terminal.width)))) return;
  }
  const { settled, ...filters } = where;
  const isNarrowed = settled || isFiltered(filters);
  if (isEmpty) await terminal.out(isNarrowed ? 'There are no such dead letters.\n' : 'There are no dead letters.\n');
}

function addShow(group: Command, context: CliContext): void {
  group
    .command('show')
    .description('one of them with its message, headers and history')
    .argument('<id>', 'as billing dead-letters list names it')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  billing dead-letters show shop-requests.dlq/0/17')
    .action(async (id: string, options: { json?: true }) => {
      await withLetters(context, async (app) => {
        const document = presentFoundDeadLetter(await findDeadLetter(app, id));
        const { terminal } = context;
        await terminal.out(options.json ? toJson(document) : renderDeadLetter(document, terminal.width));
      });
    });
}

function addRedrive(group: Command, context: CliContext): void {
  const { terminal } = context;
  withFilters(group.command('redrive'))
    .description('send them back to the topics they came from')
    .argument('[id...]', 'as billing dead-letters list names them')
    .option('--all', 'all that wait, or those of them that fit the filters')
    .option('--reason <text>', 'why, for whoever reads it later')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Of named ones all are sent back or none. Exit code: 1 when some that fit cannot be sent back any more.

Examples:
  billing dead-letters redrive shop-requests.dlq/0/17 --reason "plan corrected"
  billing dead-letters redrive --all --code FX_RATE_MISSING --run 6f1e7a52-0c55-5d0b-9a3e-7a1f0a3f2f11`,
    )
    .action(async (ids: string[], options: ActionOptions) => {
      const ask = askOf(ids, options, context.clock.now());
      await withLetters(context, async (app) => {
        const { settled, left } = await app.redriveDeadLetters(ask);
        if (left.length > 0) context.exitWith(1);
        const document = { redriven: settled.map(presentRedriven), left: left.map(presentLeft) };
        const columns = [{ title: 'Sent back' }, { title: 'To' }, { title: 'Key', shrinks: true }, TIMES] as const;
        const rows = settled.map((one) => [one.deadLetterId, one.topic, one.key, one.redriveCount]);
        const table = rows.length > 0 ? renderTable({ columns, rows, width: terminal.width }) : NOTHING;
        await terminal.out(options.json ? toJson(document) : table + renderLeft(left));
        const idle = settled.length === 0 ? [] : await app.rolesWithoutProcess(WORKING_ROLES);
        if (idle.length > 0) terminal.note(`No ${anyOf(idle)} is running: "billing serve" handles what was sent back.`);
      });
    });
}

const TIMES = { title: 'Times', align: 'right' } as const;
const NOTHING = 'There was nothing to do: no dead letter waits that fits.\n';

function addDiscard(group: Command, context: CliContext): void {
  const { terminal } = context;
  withReason(withFilters(group.command('discard')))
    .description('give them up: they leave the list, and their bytes stay on the log')
    .argument('[id...]', 'as billing dead-letters list names them')
    .option('--all', 'all that wait, or those of them that fit the filters')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  billing dead-letters discard usage.dlq/0/3 --reason "sent twice by the shop, the first is right"
  billing dead-letters discard --all --run 6f1e7a52-0c55-5d0b-9a3e-7a1f0a3f2f11 --reason "was a dry run"`,
    )
    .action(async (ids: string[], options: ActionOptions) => {
      const ask = askOf(ids, options, context.clock.now());
      await withLetters(context, async (app) => {
        const { settled } = await app.discardDeadLetters(ask);
        const text = settled.map(({ deadLetterId }) => `Discarded  ${deadLetterId}\n`).join('');
        const document = { discarded: settled.map(presentDiscarded) };
        await terminal.out(options.json ? toJson(document) : text || NOTHING);
      });
    });
}

function isFiltered(where: DeadLetterAsk['where']): boolean {
  return Object.values(where).some((value) => value !== undefined);
}

/** What is meant: those named, or those the filters find. Throws USAGE before anything is connected. */
export function askOf(
  ids: readonly string[],
  { all, reason = '', ...filters }: ActionOptions,
  now: number,
): DeadLetterAsk {
  const { code, run, topic, olderThan, newerThan } = filters;
  const where = parseDeadLetterFilter({ code, run, topic, olderThan, newerThan }, now);
  if (all && ids.length > 0) throw new BillingError('USAGE', 'Name dead letters or say --all, not both.');
  if (!all && isFiltered(where)) throw new BillingError('USAGE', 'Filters narrow down --all: say --all too.');
  if (!all && ids.length === 0) throw new BillingError('USAGE', 'Name the dead letters, or say --all.');
  return { ids: all ? null : ids, where, reason, actor: userName() };
}

async function withLetters(context: CliContext, use: (app: App) => Promise<void>): Promise<void> {
  await withApp({ context, config: loadConfig(undefined, { logLevel: 'warn' }) }, use);
}
