/** What operators and finance people do, as they type it, on real servers with roles that run elsewhere. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeadLetterDetailJson, DeadLetterJson } from '../../src/gateway/present-dead-letter.ts';
import type { HoldJson } from '../../src/gateway/present-hold.ts';
import type { InvoiceJson } from '../../src/gateway/present-invoice.ts';
import type { RunJson } from '../../src/gateway/present-run.ts';
import { eventually } from '../contract/eventually.ts';
import { billableShop, plan, purchase, shop, suspiciousShop } from '../support/facts.ts';
import { runCli, type CliResult } from '../support/run-cli.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

let world: TestApp;
beforeAll(async () => {
  world = await openTestApp();
});
afterAll(() => world[Symbol.asyncDispose]());

const billing = (...args: string[]): Promise<CliResult> => runCli(args, world.environment);

/** The one JSON document a command prints. */
async function document<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await billing(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

/** A command that says in one sentence why it did nothing. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await billing(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr;
}

describe('dead letters', () => {
  const brokenPlan = { effectiveFrom: '2026-10-15', currency: 'EUR' };
  let letter: DeadLetterJson;
  let runId: string;

  test('a shop that failed is redriven after its plan was mended, and the run has the right numbers then', async () => {
    await world.importLines([...billableShop('fine', '100.00'), ...billableShop('broken', '200.00')]);
    await world.importLines([plan('broken', { planId: 'p2', ...brokenPlan })]);
    const before = await world.bill();
    runId = before.runId;
    expect(before).toMatchObject({ status: 'completed_with_failures', outcomes: { invoiced: 1, failed: 1 } });

    letter = await eventually(async () => {
      const letters = await document<DeadLetterJson[]>('dead-letters', 'list', '--run', runId);
      expect(letters).toMatchObject([{ key: 'broken', code: 'PLAN_CURRENCY_CHANGED', settlement: null }]);
      return letters[0]!;
    });
    const shown = await document<DeadLetterDetailJson>('dead-letters', 'show', letter.dead_letter_id);
    expect(shown).toMatchObject({
      record: { type: 'ShopBillRequested', runId, shopId: 'broken' },
      headers: { 'failure-code': 'PLAN_CURRENCY_CHANGED', 'original-topic': 'shop-requests', 'redrive-count': '0' },
      history: [{ dead_letter_id: letter.dead_letter_id }],
    });

    await world.importLines([plan('broken', { planId: 'p2', ...brokenPlan, currency: 'USD' })]);
    const redriven = await document<object>(
      'dead-letters',
      'redrive',
      letter.dead_letter_id,
      '--reason',
      'plan mended',
    );
    const after = await world.ended(runId, 2);

    expect(redriven).toMatchObject({ redriven: [{ topic: 'shop-requests', redrive_count: 1 }], left: [] });
    expect(after).toMatchObject({
      ...{ status: 'completed', revision: 2, outcomes: { invoiced: 2 } },
      totals: [{ currency: 'USD', revenueMinor: 30_000n, feesMinor: 900n }],
    });
    expect((await world.invoices()).map(({ shopId }) => shopId)).toEqual(['fine', 'broken']);
  });

  test('a second time nothing happens, and it is told who was first', async () => {
    const { dead_letter_id: id } = letter;
    await eventually(async () => expect(await document<object[]>('dead-letters', 'list')).toEqual([]));

    expect(await refusal('dead-letters', 'redrive', id)).toMatch(/was redriven before by .*: nothing was done/);
    expect(await refusal('dead-letters', 'discard', id, '--reason', 'r')).toContain('redriven before');
    const settled = await document<DeadLetterJson[]>('dead-letters', 'list', '--settled');
    expect(settled).toMatchObject([
      {
        dead_letter_id: id,
        settlement: { action: 'redriven', reason: 'plan mended', actor: expect.any(String) as string },
      },
    ]);
  });

  test('a fact that fails again has its history, and is given up', async () => {
    await world.importLines([shop('s3'), plan('s3'), purchase('s3', 'o1', '10.00')]);
    await world.importLines([purchase('s3', 'o1', '11.00')]);
    const [first] = await eventually(async () => {
      const letters = await document<DeadLetterJson[]>('dead-letters', 'list', '--topic', 'usage');
      expect(letters).toMatchObject([{ code: 'FACT_CONFLICT', key: 's3' }]);
      return letters;
    });

    await document('dead-letters', 'redrive', '--all', '--code', 'FACT_CONFLICT');
    const second = await eventually(async () => {
      const letters = await document<DeadLetterJson[]>('dead-letters', 'list', '--topic', 'usage');
      expect(letters).toMatchObject([{ redrive_count: 1 }]);
      return letters[0]!;
    });

    const shown = await document<DeadLetterDetailJson>('dead-letters', 'show', second.dead_letter_id);
    expect(shown).toMatchObject({
      record: { type: 'PurchaseAttributed', orderId: 'o1', orderTotal: '11.00', currency: 'USD' },
      history: [{ dead_letter_id: first!.dead_letter_id, settlement: { action: 'redriven' } }, { settlement: null }],
    });
    await document('dead-letters', 'discard', second.dead_letter_id, '--reason', 'the first one is right');
    await eventually(async () => expect(await document<object[]>('dead-letters', 'list')).toEqual([]));
    expect(await document('status')).toMatchObject({ dead_letters: 0 });
  });
});

describe('held bills and invoices', () => {
  let held: HoldJson[];
  let number: string;

  test('are listed, and released exactly once', async () => {
    await world.importLines([...suspiciousShop('h1', '1000.00'), ...suspiciousShop('h2', '2000.00')]);
    const run = await world.bill({ shopIds: ['h1', 'h2'] });
    expect(run.outcomes).toEqual({ held: 2 });

    held = await document<HoldJson[]>('holds', 'list');
    expect(held).toMatchObject([
      { shop_id: 'h1', total: '30.00', fraud_level: expect.stringMatching(/high|critical/) as string, decision: null },
      { shop_id: 'h2', total: '60.00' },
    ]);
    const released = await document<HoldJson>('holds', 'release', held[0]!.bill_id, '--reason', 'called the shop');
    number = released.decision!.invoice_number!;

    expect(released.decision).toMatchObject({ action: 'released', reason: 'called the shop' });
    expect(await refusal('holds', 'release', held[0]!.bill_id, '--reason', 'me too')).toContain('released');
    const invoices = await documentOf<InvoiceJson[]>('invoices', '--shop-id', 'h1', '--format', 'json');
    expect(invoices).toMatchObject([{ invoice_number: number, total: '30.00', credit_notes: [] }]);
  });

  test('are rejected, and their month stays settled', async () => {
    const { code, stdout } = await billing('holds', 'reject', held[1]!.bill_id, '--reason', 'bots');

    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Rejected by .*60\.00 USD.*h2/) as string,
    });
    expect(await document<HoldJson[]>('holds', 'list')).toEqual([]);
    expect(await document('holds', 'show', held[1]!.bill_id)).toMatchObject({ decision: { action: 'rejected' } });
    const again = await world.bill({ shopIds: ['h2'] });
    expect(again.outcomes).toEqual({ skipped: 1 });
  });

  test('are credited up to their total, and not voided then', async () => {
    const credited = await document<InvoiceJson>(
      'invoices',
      'credit',
      number,
      '--amount',
      '10.00',
      '--reason',
      'goodwill',
    );

    expect(credited.credit_notes).toMatchObject([{ amount: '10.00', reason: 'goodwill' }]);
    expect(await refusal('invoices', 'credit', number, '--amount', '20.01', '--reason', 'r')).toContain(
      '20.00 USD left',
    );
    expect(await refusal('invoices', 'void', number, '--reason', 'r')).toContain('credit notes');
  });

  test('are voided, and their month is billed again', async () => {
    const [invoice] = (await world.invoices()).filter(({ shopId }) => shopId === 'fine');
    const { stdout } = await billing('invoices', 'void', invoice!.invoiceNumber, '--reason', 'wrong plan');

    expect(stdout).toBe(`Voided: invoice ${invoice!.invoiceNumber} of 3.00 USD to fine is not owed\n`);
    expect(await refusal('invoices', 'void', invoice!.invoiceNumber, '--reason', 'r')).toContain('voided before');
    const again = await world.bill({ shopIds: ['fine'] });
    expect(again.outcomes).toEqual({ invoiced: 1 });
  });

  test('that are not there are named', async () => {
    expect(await refusal('invoices', 'void', 'INV-1999-000001', '--reason', 'r')).toContain(
      'no invoice "INV-1999-000001"',
    );
    expect(await refusal('holds', 'release', 'none', '--reason', 'r')).toContain('no held bill');
  });
});

describe('runs and issuing', () => {
  test('issuing is paused, a run waits, is cancelled, and issuing goes on', async () => {
    await world.importLines(billableShop('late', '100.00'));
    await document('pause', '--reason', 'month end');
    expect(await document('status')).toMatchObject({ issuing: { paused: true, reason: 'month end' } });
    const { run_id: id } = await document<RunJson>('process', '--period', '2026-10', '--shop-ids', 'late', '--no-wait');

    const asked = await document<object>('runs', 'cancel', id, '--reason', 'plans are wrong', '--no-wait');
    expect(asked).toMatchObject({ run_id: id });
    await eventually(async () => expect(await document('run', id)).toMatchObject({ status: 'cancelled' }));
    expect(await document('resume', '--reason', 'checked')).toMatchObject({ paused: false, changed: true });

    const { code, stdout } = await billing('runs', 'cancel', id, '--reason', 'once more', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'cancelled', outcomes: { skipped: 1 } });
  });

  test('a run that has ended is not cancelled', async () => {
    const { runId } = await world.bill({ shopIds: ['fine'] });

    expect(await refusal('runs', 'cancel', runId, '--reason', 'r')).toContain('has ended');
    expect(await refusal('runs', 'cancel', 'none', '--reason', 'r')).toContain('no run');
    expect(await refusal('runs', 'cancel', runId, '--reason', '  ')).toContain('reason');
  });
});

/** As `document`, of a command that has a format of its own. */
async function documentOf<T>(...args: string[]): Promise<T> {
  const { code, stdout } = await billing(...args);
  expect(code).toBe(0);
  return JSON.parse(stdout) as T;
}
