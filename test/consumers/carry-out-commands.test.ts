/** What people ask for about a bill, through the door that made it. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { BillState } from '../../src/adapters/register.ts';
import type { CreditNoteIssued, InvoiceCreated, ShopBillCalculated } from '../../src/domain/events.ts';
import { billableShop } from '../support/facts.ts';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';
import { givenBiller, typesOf } from './given-biller.ts';

let world: MemoryWorld;
let biller: ReturnType<typeof givenBiller>;

beforeEach(async () => {
  world = createMemoryWorld();
  biller = givenBiller(world);
  await world.tell(...billableShop('a', '100.00'), ...billableShop('b', '200.00'));
  await biller.planned('run-1');
});

const billOf = async (shopId: string, billId: string): Promise<BillState> => {
  const source = { topic: 'shop-requests', partition: 0, offset: 9_999n };
  return (await world.register.loadBills([{ shopId, billId, source }]))[0]!;
};

/** Has the shop billed and returns its invoice. */
async function invoiceOf(shopId: string, from = 0n): Promise<InvoiceCreated> {
  const published = await biller.publishedBy([biller.request('run-1', shopId)], { from });
  return (await biller.eventsOf(published)).find(({ type }) => type === 'InvoiceCreated')!.data as InvoiceCreated;
}

describe('given a held bill', () => {
  let bill: ShopBillCalculated;
  beforeEach(async () => {
    bill = await biller.held('run-1', 'a');
  });
  const release = (id?: string) => biller.command('HoldReleaseRequested', 'a', { billId: bill.billId }, id);
  const reject = (id?: string) => biller.command('HoldRejectRequested', 'a', { billId: bill.billId }, id);

  test('when it is released, then its invoice is issued now, exactly as it was calculated', async () => {
    const later = world.clock.now() + 3 * 86_400_000;
    world.clock.set(later);

    const published = await biller.publishedBy([release()]);

    expect(typesOf(published)).toEqual(['a BillHoldReleased', 'a InvoiceCreated']);
    const [released, created] = await biller.eventsOf(published);
    expect(released!.data).toMatchObject({
      billId: bill.billId,
      reason: 'looked at it',
      actor: 'ann',
      shopSequence: 2,
    });
    const { lines, subtotalMinor, discountMinor, taxMinor, creditMinor, totalMinor, currency } = bill;
    expect(created!.data).toMatchObject({
      ...{ lines, subtotalMinor, discountMinor, taxMinor, creditMinor, totalMinor, currency, billId: bill.billId },
      ...{ runId: 'run-1', shopSequence: 2, ordinal: 1, issuedAt: later, invoiceNumber: 'INV-2026-000001' },
    });
    expect(published.map(({ headers }) => headers['request-position'])).toEqual(Array(2).fill('shop-requests/0/0'));
    expect(published.map(({ headers }) => headers['ce_correlationid'])).toEqual(['run-1', 'run-1']);
  });

  test('when the release was cut off before its events were published, then the same bytes are published', async () => {
    const first = await biller.publishedBy([release()]);
    world.clock.set(world.clock.now() + 60_000);

    expect(await biller.publishedBy([release()])).toEqual(first);
  });

  test('when it is released again, by a replay or by another record, then nothing happens', async () => {
    await biller.publishedBy([release()]);

    expect(await biller.publishedBy([release()], { publishedBelow: 1n })).toEqual([]);
    expect(await biller.publishedBy([release('again')], { from: 5n })).toEqual([]);
    expect(await biller.publishedBy([release('x'), release('y'), release('z')], { from: 6n })).toEqual([]);
  });

  test('when it is released twice in one batch, then once', async () => {
    expect(typesOf(await biller.publishedBy([release('x'), release('y')]))).toEqual([
      'a BillHoldReleased',
      'a InvoiceCreated',
    ]);
  });

  test('when it is rejected, then no invoice is issued and no other run bills the period', async () => {
    await biller.planned('run-2');

    expect(typesOf(await biller.publishedBy([reject()]))).toEqual(['a BillHoldRejected']);

    expect((await billOf('a', bill.billId)).decision).toMatchObject({ outcome: 'rejected', invoiceNumber: null });
    expect(typesOf(await biller.publishedBy([biller.request('run-2', 'a')], { from: 9n }))).toEqual([
      'a ShopBillSkipped',
    ]);
    expect(await biller.publishedBy([reject('again')], { from: 10n })).toEqual([]);
  });

  test('when one batch releases and rejects it, then the first counts and the other is set aside', async () => {
    expect(typesOf(await biller.publishedBy([reject(), release()]))).toEqual([
      'a BillHoldRejected',
      'a HOLD_ALREADY_DECIDED',
    ]);
    const other = await biller.held('run-1', 'b', 1_001n);
    const [releaseB, rejectB] = (['HoldReleaseRequested', 'HoldRejectRequested'] as const).map((type) =>
      biller.command(type, 'b', { billId: other.billId }),
    );
    expect(typesOf(await biller.publishedBy([releaseB!, rejectB!], { from: 2n }))).toEqual([
      'b BillHoldReleased',
      'b InvoiceCreated',
      'b HOLD_ALREADY_DECIDED',
    ]);
  });

  test('when its head moves before the release is recorded, then it is decided again', async () => {
    const { register } = world;
    let raced = false;
    const racing = {
      ...world,
      register: {
        ...register,
        record: async (decisions: Parameters<typeof register.record>[0]) => {
          if (!raced) {
            raced = true;
            await biller.publishedBy([reject('raced')], { from: 50n });
          }
          return register.record(decisions);
        },
      },
    };

    expect(typesOf(await biller.publishedBy([release()], {}, racing))).toEqual(['a HOLD_ALREADY_DECIDED']);
  });

  test('when its run is asked again by a replay, then the held bill agrees with itself', async () => {
    await biller.publishedBy([release()]);

    // The bill was held by hand, so a recalculation invoices it: what differs is found at the row of the bill.
    const published = await biller.publishedBy([biller.request('run-1', 'a')], {
      from: 1_000n,
      publishedBelow: 1_001n,
    });

    expect(typesOf(published)).toEqual(['a ShopBillDiverged']);
    expect((await biller.eventsOf(published))[0]!.data).toMatchObject({ shopSequence: 1, decidedOutcome: 'held' });
  });

  test('when issuing is paused, then the release waits', async () => {
    await world.control.pause({ reason: 'an audit', actor: null, at: 0 });
    await expect(biller.publishedBy([release()])).rejects.toMatchObject({ code: 'ISSUING_PAUSED' });

    await world.control.resume({ reason: 'done', actor: null, at: 0 });
    expect(typesOf(await biller.publishedBy([release()]))).toEqual(['a BillHoldReleased', 'a InvoiceCreated']);
  });

  test('when its run is cancelled, then it can still be released', async () => {
    await world.control.cancel({ runId: 'run-1', requestId: 'x', reason: 'stop', actor: null, at: 0 });

    expect(typesOf(await biller.publishedBy([release()]))).toEqual(['a BillHoldReleased', 'a InvoiceCreated']);
  });
});

describe('given an issued invoice', () => {
  let invoice: InvoiceCreated;
  beforeEach(async () => {
    invoice = await invoiceOf('a');
  });
  const named = () => ({ invoiceId: invoice.invoiceId, invoiceNumber: invoice.invoiceNumber });
  const voiding = (id?: string) => biller.command('InvoiceVoidRequested', 'a', named(), id);
  const crediting = (amountMinor: bigint, id?: string) =>
    biller.command('CreditNoteRequested', 'a', { ...named(), currency: 'USD', currencyExponent: 2, amountMinor }, id);

  test('when it is voided, then its period can be billed again, with the next ordinal and number', async () => {
    await biller.planned('run-2');

    expect(typesOf(await biller.publishedBy([voiding()], { from: 1n }))).toEqual(['a InvoiceVoided']);
    expect(await biller.publishedBy([voiding('again')], { from: 2n })).toEqual([]);
    const published = await biller.publishedBy([biller.request('run-2', 'a')], { from: 3n });

    expect(typesOf(published)).toEqual(['a ShopBillCalculated', 'a InvoiceCreated']);
    const created = (await biller.eventsOf(published))[1]!.data as InvoiceCreated;
    expect(created).toMatchObject({ ordinal: 2, invoiceNumber: 'INV-2026-000002' });
    expect(created.invoiceId).not.toBe(invoice.invoiceId);
  });

  test('when its run asks for the shop once more, then a voided invoice is not issued again', async () => {
    await biller.publishedBy([voiding()], { from: 1n });

    expect(await biller.publishedBy([biller.request('run-1', 'a')], { from: 5n })).toEqual([]);
    expect(await biller.publishedBy([biller.request('run-1', 'a')], { publishedBelow: 1n })).toEqual([]);
  });

  test('when parts of it are credited, then each gets a number of its own series, up to the whole', async () => {
    const published = await biller.publishedBy([crediting(100n, 'x'), crediting(200n, 'y')], { from: 1n });

    expect(typesOf(published)).toEqual(['a CreditNoteIssued', 'a CreditNoteIssued']);
    const notes = (await biller.eventsOf(published)).map(({ data }) => data as CreditNoteIssued);
    expect(notes).toMatchObject([
      { ...named(), amountMinor: 100n, creditNoteNumber: 'CN-2026-000001', shopSequence: 2, runId: 'run-1' },
      { ...named(), amountMinor: 200n, creditNoteNumber: 'CN-2026-000002', shopSequence: 3 },
    ]);
    expect(typesOf(await biller.publishedBy([crediting(1n, 'z')], { from: 3n }))).toEqual(['a CREDIT_EXCEEDS_INVOICE']);
  });

  test('when one request to credit is on the log twice, then it is credited once', async () => {
    await biller.publishedBy([crediting(100n)], { from: 1n });

    expect(await biller.publishedBy([crediting(100n)], { from: 2n })).toEqual([]);

    expect(await billOf('a', invoice.billId)).toMatchObject({ creditedMinor: 100n });
  });

  test('when it was credited, then it cannot be voided; when it was voided, it cannot be credited', async () => {
    const both = await biller.publishedBy([crediting(100n), voiding()], { from: 1n });
    expect(typesOf(both)).toEqual(['a CreditNoteIssued', 'a INVOICE_CREDITED']);

    const data = await invoiceOf('b', 3n);
    const ofB = { invoiceId: data.invoiceId, invoiceNumber: data.invoiceNumber };
    const published = await biller.publishedBy(
      [
        biller.command('InvoiceVoidRequested', 'b', ofB),
        biller.command('CreditNoteRequested', 'b', { ...ofB, currency: 'USD', currencyExponent: 2, amountMinor: 1n }),
      ],
      { from: 4n },
    );
    expect(typesOf(published)).toEqual(['b InvoiceVoided', 'b INVOICE_VOIDED']);
  });
});

describe('given a command about nothing', () => {
  test.each([
    ['a HOLD_NOT_FOUND', () => biller.command('HoldReleaseRequested', 'a', { billId: 'none' })],
    ['a HOLD_NOT_FOUND', () => biller.command('HoldRejectRequested', 'a', { billId: 'none' })],
    ['a INVOICE_NOT_FOUND', () => biller.command('InvoiceVoidRequested', 'a', { invoiceId: 'i', invoiceNumber: 'n' })],
    [
      'a INVOICE_NOT_FOUND',
      () =>
        biller.command('CreditNoteRequested', 'a', {
          ...{ invoiceId: 'i', invoiceNumber: 'n', currency: 'USD', currencyExponent: 2, amountMinor: 1n },
        }),
    ],
  ])('then it is set aside with its bytes, %s, and not once more by a replay', async (expected, asked) => {
    const request = asked();

    const published = await biller.publishedBy([request]);

    expect(typesOf(published)).toEqual([expected]);
    expect(published[0]!.value).toEqual(request.value);
    expect(await biller.publishedBy([request], { publishedBelow: 1n })).toEqual([]);
  });

  test('when what it names comes to be later, then a replay does not carry it out', async () => {
    const [request] = [
      biller.command('InvoiceVoidRequested', 'a', { invoiceId: 'i', invoiceNumber: 'INV-2026-000001' }),
    ];
    await biller.publishedBy([request]);
    const { billId } = await biller.held('run-1', 'a');
    const early = biller.command('HoldReleaseRequested', 'a', { billId });

    expect(await biller.publishedBy([request, early], { publishedBelow: 2n })).toEqual([]);
  });

  test('when it meets an error nobody foresaw, then it is set aside, and the next one is carried out', async () => {
    const { billId } = await biller.held('run-1', 'a');
    const other = await biller.held('run-1', 'b', 1_001n);
    const { codec } = world;
    const broken: typeof codec = {
      ...codec,
      encode: (topic, key, type, data, envelope) => {
        if (key === 'a' && type === 'BillHoldReleased') throw new TypeError('no such field');
        return codec.encode(topic, key, type, data, envelope);
      },
    };
    const commands = [
      biller.command('HoldReleaseRequested', 'a', { billId }),
      biller.command('HoldReleaseRequested', 'b', { billId: other.billId }),
    ];

    const published = await biller.publishedBy(commands, {}, { ...world, codec: broken });

    expect(typesOf(published)).toEqual(['a INTERNAL', 'b BillHoldReleased', 'b InvoiceCreated']);
  });

  test('when bills are asked for beside it, then they are not held up', async () => {
    const nothing = biller.command('HoldReleaseRequested', 'a', { billId: 'none' });

    expect(
      typesOf(await biller.publishedBy([nothing, biller.request('run-1', 'a'), biller.request('run-1', 'b')])),
    ).toEqual([
      'b ShopBillCalculated',
      'b InvoiceCreated',
      'a HOLD_NOT_FOUND',
      'a ShopBillCalculated',
      'a InvoiceCreated',
    ]);
  });
});
