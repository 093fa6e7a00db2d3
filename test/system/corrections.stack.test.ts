/** What people ask for about issued invoices, on real servers: from the request on the log to the read models. */
import { expect, test } from 'vitest';
import type { MessageByType } from '../../src/domain/messages.ts';
import { eventually } from '../contract/eventually.ts';
import { billableShop, purchase, refund } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

async function ask<T extends 'InvoiceVoidRequested' | 'CreditNoteRequested'>(
  { app: { log, codec, clock } }: TestApp,
  type: T,
  data: Omit<MessageByType[T], 'reason' | 'actor' | 'requestedAt'>,
): Promise<void> {
  const asked = { ...data, reason: 'a mistake', actor: 'ann', requestedAt: clock.now() } as MessageByType[T];
  const envelope = { id: `${type} ${data.invoiceNumber}`, correlationId: null, causationId: null, time: clock.now() };
  await log.publish([codec.encode('shop-requests', data.shopId, type, asked, envelope)]);
}

test('a voided invoice is billed again under the next number, a credited one stays', async () => {
  await using world = await openTestApp();
  await world.importLines([...billableShop('a', '100.00'), ...billableShop('b', '200.00')]);
  const first = await world.bill();
  const [ofA, ofB] = ['a', 'b'].map((shopId) => async () => {
    const invoices = (await world.invoices()).filter((invoice) => invoice.shopId === shopId);
    return invoices.map(({ invoiceId, invoiceNumber }) => ({ shopId, invoiceId, invoiceNumber }));
  });
  const [a] = await ofA!();
  const [b] = await ofB!();
  const money = { currency: 'USD', currencyExponent: 2 };

  await ask(world, 'InvoiceVoidRequested', a!);
  await ask(world, 'InvoiceVoidRequested', a!);
  await ask(world, 'CreditNoteRequested', { ...b!, ...money, amountMinor: 250n });
  await ask(world, 'CreditNoteRequested', { ...b!, ...money, amountMinor: 250n });

  // The run's numbers follow: a new revision without the voided shop's fee.
  expect(await world.ended(first.runId, 2)).toMatchObject({
    outcomes: { invoiced: 1, voided: 1 },
    totals: [{ currency: 'USD', feesMinor: 600n }],
  });
  await world.bill({ force: true });
  const numbered = await ofA!();
  expect(numbered).toHaveLength(2);
  expect(new Set(numbered.map(({ invoiceId }) => invoiceId)).size).toBe(2);
  const events = await readTopic(world.app, 'events');
  const typesOf = (shopId: string) =>
    events.filter(({ record }) => record.key === shopId).map(({ message }) => message.type);
  expect(typesOf('a')).toEqual([
    ...['ShopBillCalculated', 'InvoiceCreated', 'InvoiceVoided'],
    ...['ShopBillCalculated', 'InvoiceCreated'],
  ]);
  expect(typesOf('b')).toEqual(['ShopBillCalculated', 'InvoiceCreated', 'CreditNoteIssued', 'ShopBillSkipped']);
  await eventually(async () => {
    const credited = (await world.invoices()).find(({ shopId }) => shopId === 'b')!;
    expect(credited).toMatchObject({ status: 'pending', creditNotes: [{ amountMinor: 250n }] });
  });
});

test('what a month leaves below zero is taken off the next one', async () => {
  await using world = await openTestApp();
  await world.importLines([
    ...billableShop('a', '0.00'),
    purchase('a', 'september', '200.00', { occurredAt: '2026-09-20T12:00:00Z' }),
    refund('a', 'r1', 'september', '50.00', { occurredAt: '2026-09-21T12:00:00Z' }),
    refund('a', 'r2', 'september', '100.00', { occurredAt: '2026-08-21T12:00:00Z' }),
    purchase('a', 'october', '90.00'),
  ]);

  const august = await world.bill({ period: '2026-08' });
  const october = await world.bill({ period: '2026-10' });

  expect(await world.shopResults(august.runId)).toMatchObject([{ outcome: 'credit', feeMinor: -300n }]);
  expect(await world.shopResults(october.runId)).toMatchObject([{ outcome: 'zero', feeMinor: 0n }]);
  const bills = (await readTopic(world.app, 'events')).flatMap(({ message }) =>
    message.type === 'ShopBillCalculated' ? [message.data] : [],
  );
  expect(bills.at(-1)).toMatchObject({ creditMinor: 270n, totalMinor: 0n });
});
