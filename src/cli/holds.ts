/** `billing holds`: bills that wait for a person, and what is decided about them. */
import type { Command } from 'commander';
import type { HoldAsk } from '../app.ts';
import { loadConfig } from '../config.ts';
import { BillingError } from '../errors.ts';
import { findDecidedHold } from '../gateway/command-outcome.ts';
import { presentHold } from '../gateway/present-hold.ts';
import { userName } from './actor.ts';
import { followCommand } from './follow-command.ts';
import { untilInterrupted } from './interrupt.ts';
import { streamJsonList } from './json-stream.ts';
import { allPages, PAGE_SIZE } from './pages.ts';
import { decidedSentence, holdTable, renderHold } from './print-hold.ts';
import { withReason } from './reason.ts';
import { withApp } from './servers.ts';
import { toJson, type CliContext } from './terminal.ts';

export function addHoldsCommand(program: Command, context: CliContext): void {
  const group = program.command('holds').description('bills that wait for a person');
  addList(group, context);
  addShow(group, context);
  addDecision(group, context, {
    action: 'release',
    description: 'issue it exactly as it was calculated',
    asked: 'Asked for: the bill is being released\n',
    example: 'billing holds release 0f7c… --reason "called the shop, sale of the year"',
  });
  addDecision(group, context, {
    action: 'reject',
    description: 'refuse it: it is never invoiced, and its month is not billed again',
    asked: 'Asked for: the bill is being rejected\n',
    example: 'billing holds reject 0f7c… --reason "bots, the shop admits it"',
  });
}

function addList(group: Command, { terminal, ...context }: CliContext): void {
  group
    .command('list')
    .description('list them with what is suspicious')
    .option('--json', 'print one JSON array')
    .addHelpText('after', '\nExamples:\n  billing holds list\n  billing holds list --json')
    .action(async (options: { json?: true }) => {
      const config = loadConfig(undefined, { logLevel: 'warn' });
      await withApp({ context: { ...context, terminal }, config }, async ({ readModels }) => {
        const pages = allPages((cursor) => readModels.listHeldBills({ cursor, limit: PAGE_SIZE }));
        if (options.json) {
          const holds = (async function* () {
            for await (const page of pages) yield page.map((hold) => presentHold(hold));
          })();
          for await (const text of streamJsonList(holds, '')) if (!(await terminal.out(text))) return;
          await terminal.out('\n');
          return;
        }
        let isEmpty = true;
        for await (const page of pages) {
          isEmpty = false;
          const holds = page.map((hold) => presentHold(hold));
          if (!(await terminal.out(holdTable(holds, terminal.width)))) return;
        }
        if (isEmpty) await terminal.out('No bill is held.\n');
      });
    });
}

function addShow(group: Command, context: CliContext): void {
  group
    .command('show')
    .description('one of them, also when it was decided')
    .argument('<bill-id>', 'as billing holds list names it')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  billing holds show 6f1e7a52-0c55-5d0b-9a3e-7a1f0a3f2f11')
    .action(async (billId: string, options: { json?: true }) => {
      await withApp({ context, config: loadConfig(undefined, { logLevel: 'warn' }) }, async ({ readModels }) => {
        const hold = await readModels.findHeldBill(billId);
        if (hold === null) {
          throw new BillingError('NOT_FOUND', `There is no held bill ${billId}: billing holds list names them.`);
        }
        const decided = await findDecidedHold(readModels, { billId, requestId: null });
        const document = presentHold(hold, decided?.invoiceNumber);
        await context.terminal.out(options.json ? toJson(document) : renderHold(document));
      });
    });
}

interface DecisionOptions {
  readonly reason: string;
  readonly wait: boolean;
  readonly json?: true;
}

function addDecision(
  group: Command,
  context: CliContext,
  {
    action,
    description,
    asked,
    example,
  }: { action: HoldAsk['action'] } & Readonly<Record<'description' | 'asked' | 'example', string>>,
): void {
  const { terminal, interrupted } = context;
  withReason(group.command(action))
    .description(description)
    .argument('<bill-id>', 'as billing holds list names it')
    .option('--no-wait', 'ask for it and do not follow it')
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nExample:\n  ${example}`)
    .action(async (billId: string, { reason, wait, json }: DecisionOptions) => {
      const config = loadConfig(undefined, { logLevel: 'warn' });
      await withApp({ context, config, endsItself: true }, async (app) => {
        const ask = { billId, action, reason, actor: userName() };
        const { requestId } = await untilInterrupted(app.decideHold(ask), interrupted);
        if (!wait) {
          const document = { request_id: requestId, bill_id: billId, status: 'accepted' };
          await terminal.out(json ? toJson(document) : asked);
          return;
        }
        const find = () => findDecidedHold(app.readModels, { billId, requestId });
        const { hold, invoiceNumber } = await followCommand({ context, app, find });
        const document = presentHold(hold, invoiceNumber);
        await terminal.out(json ? toJson(document) : decidedSentence(document));
      });
    });
}
