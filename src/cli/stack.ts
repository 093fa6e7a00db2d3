/** `billing stack up|status|down`: real Kafka, schema registry and Postgres on this machine, without Docker. */
import type { Command } from 'commander';
import type { StackAddresses } from '../../stack/stack.ts';
import { loadConfig } from '../config.ts';
import { untilInterrupted } from './interrupt.ts';
import { bringStackUp, createStackProgress, serversAt, stackDirectory } from './local-stack.ts';
import { setUp } from './set-up.ts';
import { renderTable } from './table.ts';
import { toJson, type CliContext } from './terminal.ts';

export function addStackCommand(program: Command, context: CliContext): void {
  const stack = program.command('stack').description('the local stack: Kafka, schema registry and Postgres');
  addUp(stack, context);
  addStatus(stack, context);
  addDown(stack, context);
}

function addUp(stack: Command, context: CliContext): void {
  stack
    .command('up')
    .description('start it, set it up, and print its addresses as lines for a shell')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The servers keep running until "billing stack down". Commands start the stack themselves when no servers are configured.

Examples:
  billing stack up
  eval "$(billing stack up)"     other programs use it too; billing then takes it for configured servers`,
    )
    .action(async (options: { json?: true }) => {
      const config = loadConfig(undefined, { logLevel: 'warn' });
      const work = async () => {
        const { addresses } = await bringStackUp(context);
        await setUp({ ...config, servers: serversAt(addresses) });
        return addresses;
      };
      const addresses = await untilInterrupted(work(), context.interrupted);
      await context.terminal.out(options.json ? toJson(environmentOf(addresses)) : exportLines(addresses));
    });
}

function addStatus(stack: Command, context: CliContext): void {
  stack
    .command('status')
    .description('how each server is; exit code 1 unless all are healthy')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  billing stack status')
    .action(async (options: { json?: true }) => {
      const { stackStatus } = await import('../../stack/stack.ts');
      const status = await stackStatus({ directory: stackDirectory() });
      const servers = status.servers.map((server) => ({
        name: server.name,
        state: server.state,
        address: server.address,
        pid: server.pid,
        resident_bytes: server.residentBytes,
        log_path: server.logPath,
      }));
      const rows = servers.map((server) => [
        server.name,
        server.state,
        server.address,
        server.pid,
        server.resident_bytes === null ? null : `${Math.round(server.resident_bytes / 1e6)} MB`,
        server.log_path,
      ]);
      const columns = [
        { title: 'Server' },
        { title: 'State' },
        { title: 'Address' },
        { title: 'Pid', align: 'right' },
        { title: 'Memory', align: 'right' },
        { title: 'Log' },
      ] as const;
      const document = { directory: status.directory, runtime: status.runtime, servers };
      const text = renderTable({ columns, rows, width: context.terminal.width });
      await context.terminal.out(options.json ? toJson(document) : text);
      if (status.addresses === null) context.exitWith(1);
    });
}

function addDown(stack: Command, context: CliContext): void {
  stack
    .command('down')
    .description('stop it; its data stay unless --wipe')
    .option('--wipe', 'remove topics, schemas and databases for good')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  billing stack down\n  billing stack down --wipe')
    .action(async (options: { wipe?: true; json?: true }) => {
      const { stackDown } = await import('../../stack/stack.ts');
      const progress = createStackProgress(context.terminal);
      const down = stackDown({
        directory: stackDirectory(),
        wipe: options.wipe === true,
        onProgress: progress.show,
      }).finally(progress.stop);
      const { stopped } = await untilInterrupted(down, context.interrupted);
      const wiped = options.wipe ? ' Its data are removed.' : '';
      const text = stopped.length === 0 ? `Nothing was running.${wiped}\n` : `Stopped ${stopped.join(', ')}.${wiped}\n`;
      await context.terminal.out(options.json ? toJson({ stopped, wiped: options.wipe === true }) : text);
    });
}

function environmentOf({ kafka, registry, database }: StackAddresses) {
  return { KAFKA_BOOTSTRAP_SERVERS: kafka, SCHEMA_REGISTRY_URL: registry, DATABASE_URL: database };
}

/** Lines that any POSIX shell can evaluate. */
export function exportLines(addresses: StackAddresses): string {
  return Object.entries(environmentOf(addresses))
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
}
