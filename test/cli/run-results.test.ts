import { describe, expect, it } from 'vitest';
import type { RunView, ShopResultView } from '../../src/adapters/read-models.ts';
import { printRunJson, printRunText } from '../../src/cli/run-results.ts';
import { presentRun } from '../../src/gateway/present-run.ts';
import { createFakeTerminal } from './fake-terminal.ts';
import { aFailedShop, aRun, aShop, pageOf } from './run-views.ts';

function modelsOf(shops: readonly ShopResultView[]) {
  return {
    listShopResults: async (query: { outcome: string | null; cursor: string | null; limit: number }) =>
      pageOf(query.outcome === null ? shops : shops.filter((shop) => shop.outcome === query.outcome), query),
  };
}

async function printed(print: typeof printRunText, run: RunView, shops: readonly ShopResultView[]): Promise<string> {
  const terminal = createFakeTerminal();
  await print({ terminal, readModels: modelsOf(shops), run });
  return terminal.written.join('');
}

const manyShops = Array.from({ length: 1_201 }, (_, index) => aShop(`s${index}`));
const manyRun = aRun({
  expectedShops: 1_203,
  status: 'completed_with_failures',
  outcomes: { invoiced: 1_201, failed: 2 },
});
const withFailures = [...manyShops, aFailedShop('t1'), aFailedShop('t2')];

describe('the results of a run', () => {
  it('are complete as JSON, exactly the document of the contract', async () => {
    const document = JSON.parse(await printed(printRunJson, manyRun, withFailures)) as unknown;
    expect(document).toEqual(JSON.parse(JSON.stringify(presentRun({ run: manyRun, shopResults: withFailures }))));
  });

  it('list the first shops, how many more there are, and every failure', async () => {
    const text = await printed(printRunText, manyRun, withFailures);
    expect(text.match(/INV-2026-000001/g)).toHaveLength(50);
    expect(text).toContain('… and 1153 more: billing run run-1 --json');
    expect(text).toContain('t1  FX_RATE_MISSING  There is no quote INR to USD.');
    expect(text).toContain('t2  FX_RATE_MISSING');
    expect(text).toContain('1203: 1201 invoiced, 2 failed');
  });

  it('show amounts as they are, with totals per currency', async () => {
    const run = aRun({
      expectedShops: 2,
      outcomes: { invoiced: 1, credit: 1 },
      totals: [
        { currency: 'JPY', currencyExponent: 0, revenueMinor: 5_000n, feesMinor: -150n },
        { currency: 'USD', currencyExponent: 2, revenueMinor: 300_000n, feesMinor: 9_000n },
      ],
    });
    const yen = aShop('s2', {
      outcome: 'credit',
      currency: 'JPY',
      currencyExponent: 0,
      attributedMinor: 5_000n,
      feeMinor: -150n,
    });
    const text = await printed(printRunText, run, [aShop('s1'), yen]);
    expect(text).toMatch(/s1 +s1\.example +invoiced +3000\.00 +90\.00 +USD/);
    expect(text).toMatch(/s2 +s2\.example +credit +5000 +-150 +JPY/);
    expect(text).toMatch(/JPY +5000 +-150\nUSD +3000\.00 +90\.00/);
  });

  it('end without a table when there are no shops', async () => {
    const text = await printed(printRunText, aRun({ expectedShops: 0, outcomes: {}, totals: [] }), []);
    expect(text).toContain('Billing run of 2026-10-01 to 2026-10-31: completed in 3.2 s');
    expect(text).toContain('Shops   0');
    expect(text).not.toContain('Invoice');
  });

  it('stop where nobody reads any more', async () => {
    const terminal = createFakeTerminal({ readsUpTo: 3 });
    await printRunJson({ terminal, readModels: modelsOf(withFailures), run: manyRun });
    expect(terminal.written).toHaveLength(3);
  });
});
