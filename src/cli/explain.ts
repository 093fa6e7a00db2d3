/** `billing explain SHOP_ID --period P`: a bill from its invoice down to the facts it was made of. */
import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { monthDates } from '../domain/calendar.ts';
import { presentExplanation } from '../gateway/present-explanation.ts';
import { renderExplanation } from './print-explanation.ts';
import { withApp } from './servers.ts';
import { toJson, type CliContext } from './terminal.ts';

export function addExplainCommand(program: Command, context: CliContext): void {
  program
    .command('explain')
    .description('what a shop was billed for a month, what became of it, and why')
    .argument('<shop-id>', 'the shop')
    .requiredOption('--period <month>', 'the month, such as 2026-10')
    .option('--json', 'print one JSON document, the same as GET /shops/{id}/bills/{period}')
    .addHelpText(
      'after',
      `
Shows the decision as it stands and calculates it again from the facts it was made of. What was never billed is shown
by "billing test".

Exit code: 1 when the calculation does not come to the same bill again.

Examples:
  billing explain s1 --period 2026-10
  billing explain s1 --period 2026-10 --json`,
    )
    .action(async (shopId: string, { period, json }: { period: string; json?: true }) => {
      const periodStartDate = monthDates(period).first;
      await withApp({ context, config: loadConfig(undefined, { logLevel: 'warn' }) }, async (app) => {
        const explained = await app.explainBill({ shopId, periodStartDate });
        const { terminal } = context;
        const text = json ? toJson(presentExplanation(explained)) : renderExplanation(explained, terminal.width);
        await terminal.out(text);
        if (explained.reproduction?.reproduced === false) context.exitWith(1);
      });
    });
}
