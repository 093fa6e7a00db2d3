/** Reads single fields of a fact's JSON, strictly. Every error names the field and what was expected of it. */
import { isDate } from '../domain/calendar.ts';
import { currencyExponent } from '../domain/currency.ts';
import { checkedMinor, parseDecimal, parseMinor, parsePpm, type Decimal } from '../domain/money.ts';
import { RuleError } from '../domain/rule-error.ts';
import { parseInstant } from './parse-instant.ts';

/** A JSON object, nothing known of its fields yet. An optional field may be absent or null, which is the same. */
export type Fields = Readonly<Record<string, unknown>>;

const MAX_INT = 2 ** 31 - 1;
const MAX_SHOWN_LENGTH = 60;

/** The error of a fact that breaks a rule of its type. */
export function malformed(problem: string): RuleError {
  return new RuleError('FACT_MALFORMED', problem);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function expected(field: string, what: string, value: unknown): RuleError {
  if (value === undefined || value === null) return malformed(`${field} is missing: it must be ${what}`);
  return malformed(`${field} must be ${what}, not ${shown(value)}`);
}

/** A value as it stands in an error, cut short. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  if (text === undefined) return 'nothing';
  if (typeof value === 'number') return `the number ${text}`;
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
}

/** A string with something in it. */
export function text(fields: Fields, field: string): string {
  const value = fields[field];
  if (typeof value === 'string' && value !== '') return value;
  throw expected(field, 'a string that is not empty', value);
}

export function optionalText(fields: Fields, field: string): string | null {
  const value = fields[field];
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value !== '') return value;
  throw expected(field, 'a string that is not empty, or left out', value);
}

/** Text that comes from outside as it is, and may well be empty. */
export function optionalAnyText(fields: Fields, field: string): string | null {
  const value = fields[field];
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw expected(field, 'a string, or left out', value);
}

export function oneOf<T extends string>(fields: Fields, field: string, known: readonly T[]): T {
  const value = fields[field];
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw expected(field, `one of ${known.join(', ')}`, value);
}

export function optionalOneOf<T extends string>(fields: Fields, field: string, known: readonly T[]): T | null {
  const value = fields[field];
  return value === undefined || value === null ? null : oneOf(fields, field, known);
}

export function optionalBoolean(fields: Fields, field: string): boolean | null {
  const value = fields[field];
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  throw expected(field, 'true or false', value);
}

/** A whole number, not negative, of 32 bits. */
export function wholeNumber(fields: Fields, field: string): number {
  const value = fields[field];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_INT) return value;
  throw expected(field, `a whole number from 0 to ${MAX_INT}`, value);
}

export function optionalWholeNumber(fields: Fields, field: string): number | null {
  const value = fields[field];
  return value === undefined || value === null ? null : wholeNumber(fields, field);
}

/** An ISO 4217 code, and the digits of its minor unit. */
export function currency(fields: Fields, field: string): { readonly code: string; readonly exponent: number } {
  const code = text(fields, field);
  return { code, exponent: ruled(field, () => currencyExponent(code)) };
}

/** Minor units of an amount in major units. A JSON number is refused: it may have lost digits on its way. */
export function amount(fields: Fields, field: string, exponent: number): bigint {
  const value = fields[field];
  if (typeof value !== 'string') throw expectedDecimal(field, '12.30', value);
  return ruled(field, () => parseMinor(value, exponent));
}

export function optionalAmount(fields: Fields, field: string, exponent: number): bigint | null {
  const value = fields[field];
  return value === undefined || value === null ? null : amount(fields, field, exponent);
}

/** Parts per million of a rate. */
export function rate(fields: Fields, field: string): number {
  const value = fields[field];
  if (typeof value !== 'string') throw expectedDecimal(field, '0.03', value);
  return ruled(field, () => parsePpm(value));
}

export function optionalRate(fields: Fields, field: string): number | null {
  const value = fields[field];
  return value === undefined || value === null ? null : rate(fields, field);
}

/** A decimal number of any scale, whose digits fit into 64 bits. */
export function decimal(fields: Fields, field: string): Decimal {
  const value = fields[field];
  if (typeof value !== 'string') throw expectedDecimal(field, '0.0119', value);
  return ruled(field, () => {
    const { unscaled, scale } = parseDecimal(value);
    return { unscaled: checkedMinor(unscaled, `The number ${value}`), scale };
  });
}

function expectedDecimal(field: string, example: string, value: unknown): RuleError {
  if (typeof value !== 'number') return expected(field, `a decimal number in quotes, like "${example}"`, value);
  return malformed(`${field} must be a decimal number in quotes: "${value}", not ${value}`);
}

/** Epoch milliseconds. */
export function instant(fields: Fields, field: string): number {
  const value = fields[field];
  const parsed = typeof value === 'string' ? parseInstant(value) : null;
  if (parsed !== null) return parsed;
  throw expected(field, 'a real ISO 8601 time with an offset, like 2026-10-31T23:59:59Z or …+02:00', value);
}

export function date(fields: Fields, field: string): string {
  const value = fields[field];
  if (typeof value === 'string' && isDate(value)) return value;
  throw expected(field, 'a real date like 2026-10-31', value);
}

export function optionalDate(fields: Fields, field: string): string | null {
  const value = fields[field];
  return value === undefined || value === null ? null : date(fields, field);
}

export function object<T>(fields: Fields, field: string, parse: (fields: Fields) => T): T {
  const value = fields[field];
  if (!isFields(value)) throw expected(field, 'an object', value);
  return within(`${field}.`, () => parse(value));
}

export function optionalObject<T>(fields: Fields, field: string, parse: (fields: Fields) => T): T | null {
  const value = fields[field];
  return value === undefined || value === null ? null : object(fields, field, parse);
}

export function list<T>(fields: Fields, field: string, parse: (fields: Fields) => T): T[] {
  const value = fields[field];
  if (!Array.isArray(value)) throw expected(field, 'a list', value);
  return value.map((item: unknown, index) => {
    if (!isFields(item)) throw expected(`${field}[${index}]`, 'an object', item);
    try {
      return parse(item);
    } catch (error) {
      throw prefixed(`${field}[${index}].`, error);
    }
  });
}

export function optionalList<T>(fields: Fields, field: string, parse: (fields: Fields) => T): T[] | null {
  const value = fields[field];
  return value === undefined || value === null ? null : list(fields, field, parse);
}

function ruled<T>(field: string, parse: () => T): T {
  return within(`${field}: `, parse);
}

/** Whatever rule is broken while a fact is read, the fact is malformed, and the message begins with where. */
function within<T>(prefix: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw prefixed(prefix, error);
  }
}

function prefixed(prefix: string, error: unknown): unknown {
  return error instanceof RuleError ? malformed(prefix + error.message) : error;
}
