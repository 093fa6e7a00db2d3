/** The command line as a person runs it: a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves when standard error has said it. */
  said(text: string | RegExp): Promise<void>;
}

/** @param environment variables instead of those of the test run, but for what a process needs */
export function startCli(args: readonly string[], environment: Readonly<Record<string, string>>): RunningCli {
  const startedAt = performance.now();
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], { env: { PATH, HOME, ...environment } });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output, seconds: (performance.now() - startedAt) / 1_000 }));
  });
  const said = (text: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (output.stderr.match(text)) resolve();
      };
      child.stderr.on('data', look);
      void ended.then(() => reject(new Error(`ended without saying ${text}: ${output.stderr}`)));
      look();
    });
  return { child, ended, said };
}

export const runCli = (args: readonly string[], environment: Readonly<Record<string, string>>): Promise<CliResult> =>
  startCli(args, environment).ended;
