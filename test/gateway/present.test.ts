import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/domain/events.ts';
import { presentInvoice } from '../../src/gateway/present-invoice.ts';
import { presentRun } from '../../src/gateway/present-run.ts';
import { invoiceView, OCTOBER, runView, shopResultView, WITHOUT_AMOUNTS } from './views.ts';

describe('a run', () => {
  it('is shown as the contract writes it, field by field and in its order', () => {
    const shopResults = [
      shopResultView('s1'),
      shopResultView('s2', {
        outcome: 'zero',
        attributedMinor: 0n,
        feeMinor: 0n,
        invoiceId: null,
        invoiceNumber: null,
      }),
      shopResultView('s3', { ...WITHOUT_AMOUNTS, outcome: 'skipped', reason: 'no_plan' }),
    ];

    const shown = presentRun({ run: runView(), shopResults });

    expect(JSON.parse(JSON.stringify(shown))).toEqual({
      run_id: 'run-1',
      status: 'completed',
      period: { start_date: '2026-10-01', end_date: '2026-10-31' },
      dry_run: false,
      trigger: { source: 'api', actor: 'ops', delivery_id: null },
      expected_shops: 3,
      processed_shops: 3,
      successful_shops: 2,
      failed_shops: 0,
      skipped_shops: 1,
      held_shops: 0,
      outcomes: { invoiced: 1, zero: 1, skipped: 1 },
      totals: [{ currency: 'USD', total_revenue: '3000.00', total_fees: '90.00' }],
      shop_results: [
        {
          success: true,
          shop_id: 's1',
          shop_domain: 's1.myshopify.com',
          outcome: 'invoiced',
          attributed_revenue: '3000.00',
          refunded_revenue: '0.00',
          calculated_fee: '90.00',
          currency: 'USD',
          invoice_id: 'invoice-1',
          invoice_number: 'INV-2026-000001',
          reason: null,
        },
        {
          success: true,
          shop_id: 's2',
          shop_domain: 's2.myshopify.com',
          outcome: 'zero',
          attributed_revenue: '0.00',
          refunded_revenue: '0.00',
          calculated_fee: '0.00',
          currency: 'USD',
          invoice_id: null,
          invoice_number: null,
          reason: null,
        },
        {
          success: false,
          shop_id: 's3',
          shop_domain: 's3.myshopify.com',
          outcome: 'skipped',
          attributed_revenue: null,
          refunded_revenue: null,
          calculated_fee: null,
          currency: null,
          invoice_id: null,
          invoice_number: null,
          reason: 'no_plan',
        },
      ],
      errors: [],
      started_at: '2026-11-01T02:00:00.000Z',
      completed_at: '2026-11-01T02:00:09.500Z',
    });
    expect(Object.keys(shown).slice(-4)).toEqual(['shop_results', 'errors', 'started_at', 'completed_at']);
  });

  it('names the failed shops with code and message, and shows them without amounts', () => {
    const failed = shopResultView('s9', {
      ...WITHOUT_AMOUNTS,
      outcome: 'failed',
      reason: 'FX_RATE_MISSING',
      error: 'No quote INR → USD.',
    });

    const shown = presentRun({ run: runView({ outcomes: { failed: 1 } }), shopResults: [failed] });

    expect(shown.failed_shops).toBe(1);
    expect(shown.successful_shops).toBe(0);
    expect(shown.shop_results[0]).toMatchObject({ success: false, calculated_fee: null, reason: 'FX_RATE_MISSING' });
    expect(shown.errors).toEqual([{ shop_id: 's9', code: 'FX_RATE_MISSING', error: 'No quote INR → USD.' }]);
  });

  it('leaves out a shop whose invoice has not been seen yet', () => {
    const shown = presentRun({ run: runView(), shopResults: [shopResultView('s1', { outcome: null })] });

    expect(shown.shop_results).toEqual([]);
  });

  it('shows negative fees, and currencies without or with three decimals', () => {
    const shopResults = [
      shopResultView('s1', { outcome: 'credit', feeMinor: -5n }),
      shopResultView('s2', { currency: 'JPY', currencyExponent: 0, attributedMinor: 500n, feeMinor: 15n }),
      shopResultView('s3', { currency: 'KWD', currencyExponent: 3, attributedMinor: 2n ** 62n, feeMinor: 1n }),
    ];

    const shown = presentRun({ run: runView(), shopResults }).shop_results;

    expect(shown[0]).toMatchObject({ success: true, calculated_fee: '-0.05' });
    expect(shown[1]).toMatchObject({ attributed_revenue: '500', calculated_fee: '15' });
    expect(shown[2]).toMatchObject({ attributed_revenue: '4611686018427387.904', calculated_fee: '0.001' });
  });

  it('says where the next page begins only where results are paged', () => {
    expect(presentRun({ run: runView(), shopResults: [] })).not.toHaveProperty('next_cursor');
    expect(presentRun({ run: runView(), shopResults: [], nextCursor: null })).toHaveProperty('next_cursor', null);
  });

  it.each<[Outcome, boolean]>([
    ['invoiced', true],
    ['zero', true],
    ['trial', true],
    ['credit', true],
    ['held', true],
    ['calculated', true],
    ['skipped', false],
    ['failed', false],
    ['rejected', false],
    ['voided', false],
  ])('counts %s as processed, and as successful: %s', (outcome, isSuccessful) => {
    const shown = presentRun({ run: runView({ outcomes: { [outcome]: 4 } }), shopResults: [] });

    expect(shown.processed_shops).toBe(4);
    expect(shown.successful_shops).toBe(isSuccessful ? 4 : 0);
    expect(shown.held_shops).toBe(outcome === 'held' ? 4 : 0);
  });
});

describe('an invoice', () => {
  it('is shown as the contract writes it', () => {
    expect(presentInvoice(invoiceView(1))).toEqual({
      invoice_id: 'invoice-1',
      invoice_number: 'INV-2026-000001',
      shop_id: 's1',
      shop_domain: 's1.myshopify.com',
      plan_id: 'p1',
      run_id: 'run-1',
      period: { start_date: '2026-10-01', end_date: '2026-10-31' },
      currency: 'USD',
      subtotal: '90.00',
      discount: '9.00',
      tax: '15.39',
      credit: '1.39',
      total: '95.00',
      lines: [
        { kind: 'fee', description: 'Phoenix', channel: 'phoenix', quantity: null, amount: '90.00' },
        { kind: 'discount', description: 'Discount', channel: null, quantity: null, amount: '-9.00' },
      ],
      status: 'pending',
      issued_at: '2026-11-01T02:00:01.000Z',
      due_date: '2026-12-01',
      credit_notes: [],
    });
  });

  it('is due on a day of the billing time zone', () => {
    const period = { ...OCTOBER, timeZone: 'America/New_York' };

    expect(presentInvoice(invoiceView(1, { period })).due_date).toBe('2026-11-30');
  });
});
