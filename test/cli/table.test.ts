import { describe, expect, it } from 'vitest';
import { renderTable, type Column } from '../../src/cli/table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'Shop', shrinks: true },
  { title: 'Fee', align: 'right' },
  { title: 'Invoice' },
];

describe('tables', () => {
  it('align amounts right and leave no blanks at line ends', () => {
    const rows = [
      ['s1', '90.00', 'INV-2026-000001'],
      ['shop-22', '1150.00', null],
    ];
    expect(renderTable({ columns: COLUMNS, rows, width: null })).toBe(
      ['Shop         Fee  Invoice', 's1         90.00  INV-2026-000001', 'shop-22  1150.00', ''].join('\n'),
    );
  });

  it('have a head also without rows', () => {
    expect(renderTable({ columns: COLUMNS, rows: [], width: null })).toBe('Shop  Fee  Invoice\n');
  });

  it('cut only the columns that may shrink when the terminal is narrow', () => {
    const rows = [['a-very-long-name-of-a-shop', '90.00', 'INV-2026-000001']];
    const lines = renderTable({ columns: COLUMNS, rows, width: 36 }).split('\n');
    expect(lines[1]).toBe('a-very-long…  90.00  INV-2026-000001');
    expect(lines[1]).toHaveLength(36);
  });

  it('overflow rather than cut what must be whole', () => {
    const rows = [['a-very-long-name-of-a-shop', '90.00', 'INV-2026-000001']];
    expect(renderTable({ columns: COLUMNS, rows, width: 10 })).toContain('a-very-…  90.00  INV-2026-000001');
  });

  it('do not let text from outside control the terminal', () => {
    const text = renderTable({ columns: [{ title: 'Shop' }], rows: [['s1\u001b[2J\nroot']], width: null });
    expect(text).toBe('Shop\ns1�[2J�root\n');
  });
});
