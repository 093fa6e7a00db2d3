/** `billing verify`: proves a period, and says where it cannot be proved. */
import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { monthDates } from '../domain/calendar.ts';
import { CHECKS, type VerificationReport } from '../verification/report.ts';
import { createProgress } from './progress.ts';
import { withApp } from './servers.ts';
import { renderTable } from './table.ts';
import { toJson, type CliContext } from './terminal.ts';

interface VerifyOptions {
  readonly period: string;
  readonly json?: true;
}

export function addVerifyCommand(program: Command, context: CliContext): void {
  program
    .command('verify')
    .description('prove that log, ledger, bills, invoices, register and read models of a period agree')
    .requiredOption('--period <month>', 'the month, such as 2026-10')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Works out the period once more by another way through the data. Nothing is written, and everything keeps running.

Exit code: 1 when something does not agree.

Examples:
  billing verify --period 2026-10
  billing verify --period 2026-10 --json`,
    )
    .action(async ({ period, json }: VerifyOptions) => {
      const { terminal, clock, interrupted, exitWith } = context;
      const periodStartDate = monthDates(period).first;
      await withApp({ context, config: loadConfig(undefined, { logLevel: 'warn' }), endsItself: true }, async (app) => {
        const progress = createProgress({ terminal, clock, label: 'Verifying' });
        try {
          const report = await app.verifyPeriod(periodStartDate, {
            signal: interrupted,
            onProgress: (shops) => progress.update(shops, null, 'shops'),
          });
          progress.stop();
          await terminal.out(json ? toJson({ period, ...report }) : renderReport(report, terminal.width));
          if (report.checks.some(({ found }) => found > 0)) exitWith(1);
        } finally {
          progress.stop();
        }
      });
    });
}

export function renderReport({ checks, findings }: VerificationReport, width: number | null): string {
  const table = renderTable({
    columns: [
      { title: 'Check' },
      { title: 'Looked at', align: 'right' },
      { title: 'Found', align: 'right' },
      { title: 'What is proved', shrinks: true },
    ],
    rows: checks.map(({ check, examined, found }) => [
      check,
      examined.toLocaleString('en'),
      found.toLocaleString('en'),
      CHECKS[check],
    ]),
    width,
  });
  const found = checks.reduce((sum, one) => sum + one.found, 0);
  if (found === 0) return `${table}\nEverything agrees.\n`;
  const lines = findings.map(({ check, place, message }) => `  ${check}: ${place}: ${message}\n`).join('');
  const more = found > findings.length ? `  … and ${(found - findings.length).toLocaleString('en')} more\n` : '';
  return `${table}\nDoes not agree:\n${lines}${more}`;
}
