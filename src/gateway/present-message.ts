/**
 * A fact or a request as people write it, the form `billing import` reads: amounts as decimal strings in major units,
 * rates as decimals, instants as ISO 8601. What a field holds is told by its name: units come last in all of them.
 */
import type { Message } from '../domain/messages.ts';
import { formatDecimal, formatMinor, formatPpm } from '../domain/money.ts';

type Fields = Readonly<Record<string, unknown>>;

export function presentMessage({ type, data }: Message): Readonly<Record<string, unknown>> {
  const fields = data as unknown as Fields;
  const exponent = typeof fields['currencyExponent'] === 'number' ? fields['currencyExponent'] : 0;
  return { type, ...presentFields(fields, exponent) };
}

function presentFields(fields: Fields, exponent: number): Record<string, unknown> {
  const { currencyExponent: _, rateUnscaled: unscaled, rateScale: scale, ...rest } = fields;
  const presented = Object.entries(rest).map(([name, value]) => presentField(name, value, exponent));
  if (typeof unscaled === 'bigint' && typeof scale === 'number') {
    presented.push(['rate', formatDecimal({ unscaled, scale })]);
  }
  return Object.fromEntries(presented);
}

function presentField(name: string, value: unknown, exponent: number): [name: string, value: unknown] {
  if (name.endsWith('Minor')) {
    return [withoutUnit(name, 'Minor'), typeof value === 'bigint' ? formatMinor(value, exponent) : value];
  }
  if (name.endsWith('Ppm')) return [withoutUnit(name, 'Ppm'), typeof value === 'number' ? formatPpm(value) : value];
  if (name.endsWith('At') && typeof value === 'number') return [name, instant(value)];
  return [name, presentValue(value, exponent)];
}

function presentValue(value: unknown, exponent: number): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map((item) => presentValue(item, exponent));
  if (typeof value === 'object' && value !== null) return presentFields(value as Fields, exponent);
  return value;
}

function withoutUnit(name: string, unit: string): string {
  return name.slice(0, -unit.length);
}

/** A record from outside may hold an instant that no calendar has. */
function instant(ms: number): string | number {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? ms : date.toISOString();
}
