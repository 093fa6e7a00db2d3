/** The topic map as the markdown table of ARCHITECTURE.md. */
import { TOPICS, TOPIC_NAMES, type TopicName, type TopicSpec } from './topics.ts';

const BEGIN = '<!-- topics -->';
const END = '<!-- /topics -->';
const COLUMNS = ['Topic', 'Key', 'Messages', 'Written by', 'Read by', 'Partitions', 'Kept'];

/** One row per topic, in the order of the map. */
export function topicsTable(): string {
  const rows = TOPIC_NAMES.map((topic) => row(cellsOf(topic)));
  return [row(COLUMNS), row(COLUMNS.map(() => '---')), ...rows].join('\n');
}

/** The page with the table between its two markers. Throws when it lacks one of them. */
export function withTopicsTable(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error(`The page lacks ${BEGIN} or ${END}: the table stands between them.`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${topicsTable()}\n\n${page.slice(end)}`;
}

function cellsOf(topic: TopicName): string[] {
  const { key, messages, producers, consumers, partitions, retentionDays }: TopicSpec = TOPICS[topic];
  return [
    code(topic),
    key,
    list(messages),
    list(producers),
    list(consumers),
    partitions === 'single' ? '1' : code('PARTITIONS'),
    retentionDays === 'forever' ? 'for ever' : `${retentionDays} days`,
  ];
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const code = (text: string) => `\`${text}\``;
const list = (names: readonly string[]) => (names.length === 0 ? 'nobody yet' : names.join(', '));
