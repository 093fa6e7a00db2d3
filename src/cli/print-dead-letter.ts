/** Dead letters for people. */
import type { DeadLetterView } from '../adapters/read-models.ts';
import type { DeadLetterLeft } from '../app.ts';
import { presentDeadLetter, type DeadLetterDetailJson, type DeadLetterJson } from '../gateway/present-dead-letter.ts';
import { renderTable, visible, type Column } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'Dead letter' },
  { title: 'Key', shrinks: true },
  { title: 'Code' },
  { title: 'Failed at' },
  { title: 'Sent back', align: 'right' },
  { title: 'State' },
  { title: 'Message', shrinks: true },
];

export function deadLetterTable(views: readonly DeadLetterView[], width: number | null): string {
  return tableOf(views.map(presentDeadLetter), width);
}

function tableOf(letters: readonly DeadLetterJson[], width: number | null): string {
  return renderTable({
    columns: COLUMNS,
    rows: letters.map((one) => [
      one.dead_letter_id,
      one.key,
      one.code,
      seconds(one.failed_at),
      one.redrive_count,
      one.settlement?.action ?? 'waits',
      one.message,
    ]),
    width,
  });
}

/** @param width columns of the terminal; null: no limit */
export function renderDeadLetter(letter: DeadLetterDetailJson, width: number | null): string {
  return [head(letter), message(letter), headers(letter), history(letter, width)]
    .filter((part) => part !== '')
    .join('\n');
}

/** What a filter found and nothing was done about. */
export function renderLeft(left: readonly DeadLetterLeft[]): string {
  return left
    .map(({ deadLetterId, code, message }) => `Left  ${deadLetterId}  ${code}  ${visible(message)}\n`)
    .join('');
}

function head(letter: DeadLetterDetailJson): string {
  const { settlement, original_partition: partition, original_offset: offset } = letter;
  const place = partition === null || offset === null ? '' : `/${partition}/${offset}`;
  const first = letter.headers['failure-first-at'];
  const rows: readonly (readonly [string, string])[] = [
    ['Dead letter', letter.dead_letter_id],
    ['State', settlement === null ? 'waits' : describe(settlement)],
    ['Failure', `${letter.code} (${letter.kind}), attempt ${letter.attempt}`],
    ['Message', letter.message],
    [
      'Failed at',
      first === undefined || first === letter.failed_at ? letter.failed_at : `${letter.failed_at}, first ${first}`,
    ],
    ['Read from', `${letter.original_topic}${place}`],
    ['Key', letter.key ?? 'none'],
    ['Run', letter.run_id ?? 'none'],
    ['Sent back', timesBefore(letter.redrive_count)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(13)}${visible(value)}\n`).join('');
}

function timesBefore(count: number): string {
  if (count === 0) return 'never';
  return count === 1 ? 'once before' : `${count} times before`;
}

function describe({ action, actor, reason, settled_at }: NonNullable<DeadLetterJson['settlement']>): string {
  return `${action} at ${seconds(settled_at)} by ${actor ?? 'nobody named'}${reason === '' ? '' : `: ${reason}`}`;
}

function message({ record, undecodable, bytes }: DeadLetterDetailJson): string {
  if (record !== null) {
    const { type, ...fields } = record;
    return `${String(type)}\n${indented(JSON.stringify(fields, null, 2))}`;
  }
  if (bytes === null) return 'The log no longer keeps the record.\n';
  const shown = bytes.text === null ? hexLines(bytes.hex) : bytes.text;
  return `Bytes that are no message: ${undecodable ?? ''} (${bytes.size} bytes)\n${indented(shown)}`;
}

/** Thirty-two bytes a line, as many as tell what it might have been. */
function hexLines(hex: string): string {
  const lines = hex.slice(0, 512).match(/.{1,64}/g) ?? [];
  return lines.map((line) => line.match(/.{1,2}/g)!.join(' ')).join('\n');
}

function headers({ headers: all }: DeadLetterDetailJson): string {
  const names = Object.keys(all).sort();
  if (names.length === 0) return '';
  const longest = Math.max(...names.map((name) => name.length));
  return `Headers\n${names.map((name) => `  ${visible(name.padEnd(longest))}  ${visible(all[name]!)}\n`).join('')}`;
}

/** Nothing where it failed only once. */
function history({ history: all }: DeadLetterDetailJson, width: number | null): string {
  return all.length < 2 ? '' : `The same record failed before or since\n${tableOf(all, width)}`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${visible(line)}\n`)
    .join('');
}

function seconds(instant: string): string {
  return instant.replace(/\.\d+Z$/, 'Z');
}
