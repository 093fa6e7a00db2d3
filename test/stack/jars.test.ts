import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureJars } from '../../stack/jars.ts';

const path = process.env['PATH'];
let directory: string;
let cacheDirectory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'jars-'));
  cacheDirectory = join(directory, 'cache');
});

afterEach(() => {
  process.env['PATH'] = path;
  rmSync(directory, { recursive: true });
});

/** Puts a program called `mvn` first on the path; `$work` is the directory it was given. */
function maven(script: string): void {
  const file = join(directory, 'mvn');
  const findWork = 'for each in "$@"; do case $each in -Dwork.directory=*) work=${each#*=};; esac; done';
  writeFileSync(file, `#!/bin/sh\necho run >> ${join(directory, 'runs')}\n${findWork}\n${script}\n`);
  chmodSync(file, 0o755);
  process.env['PATH'] = `${directory}${delimiter}${path}`;
}

const DOWNLOAD = 'sleep 0.2 && echo jar > "$work/a.jar"';
const kafka = () => ensureJars({ cacheDirectory, set: 'kafka', onProgress: () => {} });
const runs = () => readFileSync(join(directory, 'runs'), 'utf8').trim().split('\n').length;

describe('jars', () => {
  it('are downloaded once, however many ask', async () => {
    maven(DOWNLOAD);

    const directories = await Promise.all([kafka(), kafka(), kafka()]);

    expect(new Set(directories).size).toBe(1);
    expect(readdirSync(directories[0] ?? '')).toEqual(['a.jar']);
    expect(runs()).toBe(1);
  });

  it('are downloaded again after an interruption, which leaves nothing behind', async () => {
    maven(DOWNLOAD);
    const whole = await kafka();
    rmSync(whole, { recursive: true });
    mkdirSync(`${whole}.incomplete-abc`);

    const jars = await kafka();

    expect(readdirSync(jars)).toEqual(['a.jar']);
    expect(readdirSync(cacheDirectory)).toHaveLength(1);
  });

  it('that Maven cannot bring are an error with its last lines, and no half of them stays', async () => {
    maven('echo half > "$work/a.jar"; echo "[ERROR] no such host"; exit 1');

    await expect(kafka()).rejects.toMatchObject({
      code: 'SETUP_MISSING',
      message: expect.stringMatching(/Maven could not bring Kafka \(exit 1\):\n {2}\[ERROR\] no such host/) as string,
    });

    expect(readdirSync(cacheDirectory)).toEqual([]);
  });

  it('are nothing a Maven can bring that is not there', async () => {
    process.env['PATH'] = directory;

    await expect(kafka()).rejects.toMatchObject({ code: 'SETUP_MISSING' });
    expect(existsSync(join(directory, 'runs'))).toBe(false);
  });
});
