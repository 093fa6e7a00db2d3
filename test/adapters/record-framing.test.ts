import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutRecord } from '../../src/adapters/log.ts';
import { decodeRecords, encodeRecords } from '../../src/adapters/record-framing.ts';

const SEED = 20261102;
const text = fc.string({ unit: 'grapheme' });
const record: fc.Arbitrary<OutRecord> = fc
  .record({
    topic: fc.constantFrom('events' as const, 'shop-requests.retry-1' as const),
    key: fc.option(text),
    value: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
    headers: fc.dictionary(text, text, { noNullPrototype: true }),
    partition: fc.option(fc.nat()),
  })
  .map(({ partition, ...rest }) => (partition === null ? rest : { ...rest, partition }));

const example: OutRecord[] = ['e1', 'e2'].map((id) => ({
  topic: 'events',
  key: 'shop-1',
  value: Buffer.from([1, 2, 3]),
  headers: { ce_id: id, ce_source: 'billing', ce_correlationid: 'run-1' },
}));

describe('records framed as bytes', () => {
  test(`come back exactly (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (records) => {
        expect(decodeRecords(encodeRecords(records))).toEqual(records);
      }),
      { seed: SEED },
    );
  });

  test('say repeated texts once', () => {
    const [first] = example;
    expect(encodeRecords(example).length).toBeLessThan(encodeRecords([first!]).length + 20);
  });

  test('keep their form: what was stored stays readable', () => {
    expect(encodeRecords(example.slice(0, 1)).toString('hex')).toBe(
      '0101030006' +
        '6576656e7473' + // events
        '000673686f702d31' + // shop-1
        '03010203' +
        '030005' +
        '63655f6964' + // ce_id
        '00026531' + // e1
        '000963655f736f75726365' + // ce_source
        '000762696c6c696e67' + // billing
        '001063655f636f7272656c6174696f6e6964' + // ce_correlationid
        '000572756e2d31', // run-1
    );
  });

  test('are refused when cut, extended or of an unknown version', () => {
    const framed = encodeRecords(example);
    const refused = expect.objectContaining({ code: 'REGISTER_CONFLICT' }) as Error;
    for (let length = 0; length < framed.length; length += 1) {
      expect(() => decodeRecords(framed.subarray(0, length))).toThrow(refused);
    }
    expect(() => decodeRecords(Buffer.concat([framed, Buffer.from([0])]))).toThrow(refused);
    expect(() => decodeRecords(Buffer.concat([Buffer.from([9]), framed.subarray(1)]))).toThrow(refused);
  });
});
