import { stackDown } from '../../stack/stack.ts';

/**
 * A process of its own beside a test run: `node stack-guard.ts DIRECTORY`. When its standard input ends, because the
 * run closed it or died in whatever way, it stops and wipes the stack in the directory.
 */
const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: stack-guard.ts DIRECTORY');
process.stdin.resume();
process.stdin.once('close', () => {
  stackDown({ directory, wipe: true }).catch((error: unknown) => {
    console.error(`The test stack in ${directory} could not be removed:`, error);
    process.exitCode = 1;
  });
});
