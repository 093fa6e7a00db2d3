import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billIdName, eventIdName, invoiceIdName, runIdName } from '../../src/domain/ids.ts';
import { OCTOBER } from './given.ts';

describe('names of ids', () => {
  // Released: other names would give the same things other ids.
  it('stay as they are', () => {
    expect(eventIdName({ shopId: 's1', shopSequence: 7, type: 'InvoiceCreated' })).toBe(
      '["event","s1",7,"InvoiceCreated"]',
    );
    expect(eventIdName({ runId: 'r1', shopId: 's1', type: 'ShopBillCalculated' })).toBe(
      '["dry-run-event","r1","s1","ShopBillCalculated"]',
    );
    expect(billIdName({ runId: 'r1', shopId: 's1' })).toBe('["bill","r1","s1"]');
    expect(invoiceIdName({ shopId: 's1', period: OCTOBER, ordinal: 1 })).toBe(
      '["invoice","s1","2026-10-01","2026-10-31",1]',
    );
    expect(runIdName(OCTOBER)).toBe('["run","2026-10-01","2026-10-31"]');
  });

  it('differ whenever a part does, whatever characters it has', () => {
    const id = fc.string({ unit: fc.constantFrom('"', ',', '[', ']', '\\', 'a', '1', '/', '\u2028') });
    fc.assert(
      fc.property(id, id, id, id, (runA, shopA, runB, shopB) => {
        fc.pre(runA !== runB || shopA !== shopB);
        expect(billIdName({ runId: runA, shopId: shopA })).not.toBe(billIdName({ runId: runB, shopId: shopB }));
      }),
    );
  });
});
