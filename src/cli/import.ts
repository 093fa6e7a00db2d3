/** `billing import FILE...`: publishes facts, and says what was accepted and what was not. */
import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { BillingError } from '../errors.ts';
import { importFacts, type ImportProgress, type ImportReport } from '../producers/import-facts.ts';
import { createProgress } from './progress.ts';
import { withApp } from './servers.ts';
import { visible } from './table.ts';
import { toJson, type CliContext } from './terminal.ts';

export function addImportCommand(program: Command, context: CliContext): void {
  program
    .command('import')
    .description('publish facts from NDJSON files, one fact a line')
    .argument('<file...>', 'files, plain or gzip; "-" is standard input')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Bad lines are reported, and kept in FILE.rejected.ndjson; the good ones are published. Importing the same again is safe.
Exit code: 1 when a line was rejected.

Examples:
  billing import shops.ndjson usage.ndjson.gz
  zcat *.gz | billing import -`,
    )
    .action(async (files: string[], options: { json?: true }) => {
      const config = loadConfig(undefined, { logLevel: 'warn' });
      const totalBytes = await checkFiles(files);
      await withApp({ context, config, endsItself: true }, async ({ log, codec, clock }) => {
        const progress = createImportProgress(context, totalBytes);
        const sources = files.map((name) => ({ name, stream: name === '-' ? process.stdin : readLazily(name) }));
        try {
          const report = await importFacts({
            sources,
            log,
            codec,
            clock,
            onProgress: progress.onProgress,
            onUnkept: ({ source, line, reason }) => context.terminal.note(visible(`${source}:${line}: ${reason}`)),
            signal: context.interrupted,
          });
          progress.stop();
          await context.terminal.out(options.json ? toJson(presentReport(report)) : describeReport(report));
          if (report.rejected > 0) context.exitWith(1);
        } finally {
          progress.stop();
        }
      });
    });
}

/** Refuses what cannot be read before anything is published. Returns the size of all files; null with standard input. */
export async function checkFiles(files: readonly string[]): Promise<number | null> {
  const problems: string[] = [];
  let total: number | null = 0;
  for (const [index, name] of files.entries()) {
    if (files.indexOf(name) !== index) problems.push(`${name} is named twice`);
    if (name === '-') {
      total = null;
      continue;
    }
    try {
      const found = await stat(name);
      if (found.isDirectory()) problems.push(`${name} is a directory`);
      await access(name, constants.R_OK);
      // A pipe such as <(zcat …) has no size.
      total = total === null || !found.isFile() ? null : total + found.size;
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      problems.push(isMissing ? `${name} does not exist` : `${name} cannot be read: ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) throw new BillingError('USAGE', `Nothing was published: ${problems.join('; ')}.`);
  return total;
}

/** Opened when its turn comes: many files must not all be open at once. */
async function* readLazily(name: string): AsyncIterable<Uint8Array> {
  yield* createReadStream(name, { highWaterMark: 1 << 18 }) as AsyncIterable<Uint8Array>;
}

function createImportProgress({ terminal, clock }: CliContext, totalBytes: number | null) {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const bar = createProgress({
    terminal,
    clock,
    label: 'Importing',
    describe: (done, total) => `${megabytes(done)}${total === null ? '' : ` of ${megabytes(total)}`} MB`,
  });
  const startedAt = clock.now();
  const bytesBySource = new Map<string, number>();
  return {
    onProgress: ({ source, bytes, accepted, rejected }: ImportProgress) => {
      bytesBySource.set(source, bytes);
      const done = [...bytesBySource.values()].reduce((sum, one) => sum + one, 0);
      const rate = Math.round((accepted + rejected) / Math.max(0.001, (clock.now() - startedAt) / 1000));
      const counts = `${accepted.toLocaleString('en')} accepted, ${rejected.toLocaleString('en')} rejected`;
      bar.update(done, totalBytes, `${counts}, ${rate.toLocaleString('en')}/s`);
    },
    stop: () => bar.stop(),
  };
}

export function presentReport(report: ImportReport) {
  return {
    accepted: report.accepted,
    rejected: report.rejected,
    accepted_by_type: report.byType,
    rejections: report.rejections,
    rejected_files: report.rejectedFiles,
  };
}

export function describeReport(report: ImportReport): string {
  const count = (number: number) => number.toLocaleString('en');
  const lines = [`Accepted ${count(report.accepted)}, rejected ${count(report.rejected)}`];
  for (const [type, number] of Object.entries(report.byType)) lines.push(`  ${type.padEnd(22)}${count(number)}`);
  if (report.rejected > 0) lines.push('', 'Rejected:');
  for (const { source, line, reason } of report.rejections) lines.push(`  ${visible(`${source}:${line}: ${reason}`)}`);
  const unlisted = report.rejected - report.rejections.length;
  if (unlisted > 0) lines.push(`  … and ${count(unlisted)} more, told above`);
  if (report.rejectedFiles.length > 0) lines.push(`Rejected lines are kept in ${report.rejectedFiles.join(', ')}`);
  return lines.map((line) => `${line}\n`).join('');
}
