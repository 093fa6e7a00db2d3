/**
 * Records as one run of bytes, and exactly back. The records of one decision repeat their topic, key and most headers,
 * so a text is written once and referred to after that.
 *
 * version · count · per record: flags, topic, [key], [value], [partition], header count, (name, value)…
 * Numbers are unsigned LEB128; a text is 0, length, UTF-8 bytes when new, else 1 + its place among the texts so far.
 */
import { BillingError } from '../errors.ts';
import type { TopicName } from '../topics.ts';
import type { OutRecord } from './log.ts';

const VERSION = 1;
const HAS_KEY = 1;
const HAS_VALUE = 2;
const HAS_PARTITION = 4;

export function encodeRecords(records: readonly OutRecord[]): Buffer {
  // Written in place into one buffer that surely suffices: this runs while other issuers wait for their numbers.
  const framed = Buffer.allocUnsafe(mostBytes(records));
  const texts = new Map<string, number>();
  let at = 0;
  const number = (value: number): void => {
    if (!Number.isSafeInteger(value) || value < 0) throw new BillingError('INTERNAL', `${value} cannot be framed.`);
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) framed[at++] = (rest % 128) + 128;
    framed[at++] = rest;
  };
  const text = (value: string): void => {
    const place = texts.get(value);
    if (place !== undefined) return number(place + 1);
    number(0);
    number(Buffer.byteLength(value));
    at += framed.write(value, at);
    texts.set(value, texts.size);
  };

  number(VERSION);
  number(records.length);
  for (const { topic, key, value, partition, headers } of records) {
    const names = Object.keys(headers);
    number(
      (key === null ? 0 : HAS_KEY) | (value === null ? 0 : HAS_VALUE) | (partition === undefined ? 0 : HAS_PARTITION),
    );
    text(topic);
    if (key !== null) text(key);
    if (value !== null) {
      number(value.length);
      at += value.copy(framed, at);
    }
    if (partition !== undefined) number(partition);
    number(names.length);
    for (const name of names) {
      text(name);
      text(headers[name]!);
    }
  }
  return framed.subarray(0, at);
}

/** No number takes more than 8 bytes, no UTF-16 code unit more than 3. */
function mostBytes(records: readonly OutRecord[]): number {
  const text = (value: string) => 16 + 3 * value.length;
  return records.reduce(
    (sum, { topic, key, value, headers }) =>
      sum +
      32 +
      text(topic) +
      text(key ?? '') +
      (value?.length ?? 0) +
      Object.entries(headers).reduce((length, [name, header]) => length + text(name) + text(header), 0),
    16,
  );
}

/** @throws BillingError REGISTER_CONFLICT when the bytes are none of `encodeRecords` */
export function decodeRecords(framed: Buffer): OutRecord[] {
  let at = 0;
  const texts: string[] = [];
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = framed[at];
      if (byte === undefined) throw malformed();
      at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const bytes = (): Buffer => {
    const end = number() + at;
    if (end > framed.length) throw malformed();
    const value = Buffer.from(framed.subarray(at, end));
    at = end;
    return value;
  };
  const text = (): string => {
    const place = number();
    if (place === 0) texts.push(bytes().toString());
    const value = texts[place === 0 ? texts.length - 1 : place - 1];
    if (value === undefined) throw malformed();
    return value;
  };

  if (number() !== VERSION) throw malformed();
  const records = Array.from({ length: number() }, (): OutRecord => {
    const flags = number();
    const topic = text() as TopicName;
    const key = flags & HAS_KEY ? text() : null;
    const value = flags & HAS_VALUE ? bytes() : null;
    const partition = flags & HAS_PARTITION ? { partition: number() } : {};
    const headers = Array.from({ length: number() }, (): [string, string] => [text(), text()]);
    return { topic, key, value, headers: Object.fromEntries(headers), ...partition };
  });
  if (at !== framed.length) throw malformed();
  return records;
}

const malformed = () => new BillingError('REGISTER_CONFLICT', 'Stored records of a decision are not readable.');
