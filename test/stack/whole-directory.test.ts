import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWholeDirectory } from '../../stack/whole-directory.ts';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'whole-'));
});

afterEach(() => rmSync(parent, { recursive: true }));

describe('whole directory', () => {
  it('appears when it is full, and takes what an interrupted attempt left behind away', async () => {
    mkdirSync(join(parent, 'data.incomplete-1', 'half'), { recursive: true });
    let during: string[] = [];

    await makeWholeDirectory(join(parent, 'data'), async (draft) => {
      writeFileSync(join(draft, 'file'), '');
      during = readdirSync(parent);
    });

    expect(during).toEqual([expect.stringMatching(/^data\.incomplete-.{6}$/)]);
    expect(readdirSync(parent)).toEqual(['data']);
    expect(readdirSync(join(parent, 'data'))).toEqual(['file']);
  });

  it('does not appear when filling it fails', async () => {
    const attempt = makeWholeDirectory(join(parent, 'data'), () => Promise.reject(new Error('disk full')));

    await expect(attempt).rejects.toThrow('disk full');
    expect(readdirSync(parent)).toEqual([]);
  });
});
