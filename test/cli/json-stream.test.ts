import { describe, expect, it } from 'vitest';
import { streamJson } from '../../src/cli/json-stream.ts';

async function textOf(document: Record<string, unknown>): Promise<string> {
  let text = '';
  for await (const part of streamJson(document)) text += part;
  return text;
}

async function* pages(...all: unknown[][]) {
  yield* all;
}

describe('a streamed JSON document', () => {
  it('is the document', async () => {
    const text = await textOf({
      id: 'a"b',
      nested: { one: 1, none: null },
      left_out: undefined,
      list: () => pages([1, { two: 2 }], [], ['three']),
      last: true,
    });
    expect(JSON.parse(text)).toEqual({
      id: 'a"b',
      nested: { one: 1, none: null },
      list: [1, { two: 2 }, 'three'],
      last: true,
    });
  });

  it('has empty lists and may be empty itself', async () => {
    expect(JSON.parse(await textOf({ list: () => pages([], []) }))).toEqual({ list: [] });
    expect(JSON.parse(await textOf({}))).toEqual({});
  });
});
