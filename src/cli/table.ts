/** Plain tables: aligned columns without frames, so that they can be read, grepped and pasted. */
import CliTable from 'cli-table3';

export interface Column {
  readonly title: string;
  /** Amounts and counts stand right. */
  readonly align?: 'left' | 'right';
  /** Cut with … when the terminal is too narrow; other columns never are. */
  readonly shrinks?: boolean;
}

const GAP = 2;
const NARROWEST = 8;
const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

/**
 * @param width columns of the terminal; null: as wide as needed
 * @returns lines, each ended by a line feed; empty cells for null
 */
export function renderTable({
  columns,
  rows,
  width,
}: {
  columns: readonly Column[];
  rows: readonly (readonly (string | number | null)[])[];
  width: number | null;
}): string {
  const cells = rows.map((row) => row.map((cell) => visible(cell === null ? '' : String(cell))));
  const natural = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => [...(row[index] ?? '')].length)),
  );
  const widths = fit(natural, columns, width);
  const table = new CliTable({
    head: columns.map(({ title }) => title),
    colWidths: widths.map((columnWidth, index) => columnWidth + (index < columns.length - 1 ? GAP : 0)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: NO_FRAME,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  // The gap is part of the cell, because a right-aligned column would otherwise touch its neighbour.
  const padded = (row: readonly string[]) =>
    row.map((cell, index) => {
      const cut = shorten(cell, widths[index]!);
      return columns[index]!.align === 'right' && index < columns.length - 1 ? cut + ' '.repeat(GAP) : cut;
    });
  table.options.head = padded(columns.map(({ title }) => title));
  table.push(...cells.map(padded));
  return table
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** Text from outside must not move the cursor or ring the bell. */
export function visible(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '�');
}

function fit(natural: readonly number[], columns: readonly Column[], width: number | null): number[] {
  const widths = [...natural];
  if (width === null) return widths;
  let excess = widths.reduce((sum, one) => sum + one, 0) + GAP * (columns.length - 1) - width;
  while (excess > 0) {
    const widest = columns.reduce(
      (best, { shrinks }, index) =>
        shrinks && widths[index]! > NARROWEST && (best < 0 || widths[index]! > widths[best]!) ? index : best,
      -1,
    );
    if (widest < 0) return widths;
    widths[widest] = widths[widest]! - 1;
    excess--;
  }
  return widths;
}

function shorten(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join('')}…`;
}
