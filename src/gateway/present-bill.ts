/** A calculated bill as JSON: the event's fields in snake case, amounts and rates as decimal strings, instants ISO 8601. */
import { currencyExponent } from '../domain/currency.ts';
import type { ShopBillCalculated } from '../domain/events.ts';
import { formatDecimal, formatMinor, formatPpm } from '../domain/money.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export function presentBill(bill: ShopBillCalculated): Json {
  return presentObject(bill, bill.currencyExponent);
}

/** The same for anything whose fields are named as those of events. @param exponent of the amounts, unless an object names a currency of its own */
export function presentObject(source: object, exponent: number): Json {
  const fields = new Map(Object.entries(source) as [string, unknown][]);
  const currency = fields.get('currency');
  const own = typeof currency === 'string' ? currencyExponent(currency) : exponent;
  const document: Record<string, Json> = {};
  for (const [name, value] of fields) {
    if (name === 'currencyExponent' || name === 'rateScale') continue;
    else if (name === 'rateUnscaled') document['rate'] = quoteRate(value, fields.get('rateScale'));
    else document[snakeCase(name.replace(/(Minor|Ppm)$/, ''))] = presentField(name, value, own);
  }
  return document;
}

function presentField(name: string, value: unknown, exponent: number): Json {
  if (typeof value === 'bigint' && name.endsWith('Minor')) return formatMinor(value, exponent);
  if ((typeof value === 'number' || typeof value === 'bigint') && name.endsWith('Ppm')) return formatPpm(Number(value));
  if (typeof value === 'number' && /At$|^start$|^end$/.test(name)) return new Date(value).toISOString();
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map((item) => presentField('', item, exponent));
  if (typeof value === 'object' && value !== null) return presentObject(value, exponent);
  return value as string | number | boolean | null;
}

function quoteRate(unscaled: unknown, scale: unknown): Json {
  return formatDecimal({ unscaled: unscaled as bigint, scale: scale as number });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
