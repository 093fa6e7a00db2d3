/**
 * A golden file, line by line: `#` a remark, `{` a fact, `>` something that is asked for, and, two spaces in, what comes
 * of it. `1001 times, 3000 ms apart: {…}` tells a fact so many times, each with another number for every `#` in it.
 */
import type { FactLine } from '../oracle/fact-lines.ts';

export type CaseLine =
  | { readonly kind: 'remark'; readonly text: string }
  | { readonly kind: 'facts'; readonly text: string; readonly facts: readonly FactLine[] }
  | { readonly kind: 'ask'; readonly text: string; readonly words: readonly string[] };

/** What a file asks, without what it expects. Throws where a line is nothing of the above. */
export function parseCase(content: string): CaseLine[] {
  return content
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('  '))
    .map(parseLine);
}

function parseLine(text: string): CaseLine {
  if (text === '' || text.startsWith('#')) return { kind: 'remark', text };
  if (text.startsWith('{')) return { kind: 'facts', text, facts: [JSON.parse(text) as FactLine] };
  if (text.startsWith('> ')) return { kind: 'ask', text, words: text.slice(2).split(' ') };
  const [, times, apart, json] = /^(\d+) times, (\d+) ms apart: (\{.*)$/.exec(text) ?? [];
  if (json === undefined) throw new Error(`neither fact nor question: ${text}`);
  return { kind: 'facts', text, facts: repeated(json, Number(times), Number(apart)) };
}

const repeated = (json: string, times: number, apartMs: number): FactLine[] =>
  Array.from({ length: times }, (_, index) => {
    const fact = JSON.parse(json.replaceAll('#', String(index + 1))) as Extract<FactLine, { occurredAt: string }>;
    return { ...fact, occurredAt: new Date(Date.parse(fact.occurredAt) + index * apartMs).toISOString() };
  });
