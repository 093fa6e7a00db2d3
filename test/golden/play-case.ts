/** Runs a golden file's facts and questions through the product in memory, and writes down what comes of them. */
import type { Decoded } from '../../src/adapters/codec.ts';
import type { Command } from '../oracle/actions.ts';
import { addDays, periodOf } from '../oracle/calendar.ts';
import { createMemoryHost } from '../oracle/compare/memory-host.ts';
import { requestFor, type ProductBill } from '../oracle/compare/product-commands.ts';
import { toMinor } from '../oracle/currencies.ts';
import { parseCase } from './case-file.ts';
import { renderMessage } from './render-message.ts';

/** The file as it should be, if the product is right. */
export async function playCase(content: string): Promise<string> {
  const host = createMemoryHost('UTC');
  /** The latest live bill of each month. */
  const bills = new Map<string, ProductBill>();
  const played: string[] = [];
  for (const line of parseCase(content)) {
    played.push(line.text);
    if (line.kind === 'facts') await host.tell(line.facts);
    if (line.kind !== 'ask') continue;
    const messages = await answer(line.words, played.length);
    const told = messages.flatMap(renderMessage);
    played.push(...(told.length === 0 ? ['nothing changes'] : told).map((text) => `  ${text}`));
  }
  return `${played.join('\n')}\n`;

  async function answer([verb, month, amount]: readonly string[], id: number): Promise<readonly Decoded[]> {
    if (month === undefined) throw new Error(`${verb} what?`);
    if (verb === 'bill' || verb === 'look-at') return bill(month, verb === 'look-at');
    const about = bills.get(month);
    if (about === undefined) throw new Error(`nothing was billed in ${month}`);
    return host.command(requestFor(host, command(verb, amount, about), about, `command-${id}`));
  }

  async function bill(month: string, dryRun: boolean): Promise<readonly Decoded[]> {
    host.moveTo(Math.max(host.now(), Date.parse(addDays(periodOf(month).until, 1))));
    const wish = { period: month, periodStart: null, periodEnd: null, shopIds: ['shop'], dryRun, force: false };
    const messages = await host.run(wish);
    for (const { message } of messages) {
      if (message.type === 'ShopBillCalculated' && !dryRun) bills.set(month, { ...message.data, month, invoice: null });
      if (message.type === 'InvoiceCreated') bills.get(month)!.invoice = message.data;
    }
    return messages;
  }
}

function command(verb: string | undefined, amount: string | undefined, { currency }: ProductBill): Command {
  switch (verb) {
    case 'release':
    case 'reject':
    case 'void':
      return { kind: verb, billNumber: 0 };
    case 'credit':
      return { kind: 'credit-note', billNumber: 0, amount: toMinor(amount ?? '', currency) };
    default:
      throw new Error(`nobody can ${verb}`);
  }
}
