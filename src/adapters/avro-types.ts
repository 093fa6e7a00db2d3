/** Avro schemas → avsc types, built so that values equal the TypeScript types of domain/. */
import avro from 'avsc';
import type { Schema, Type } from 'avsc';
import { BillingError } from '../errors.ts';

/** Amounts and offsets: 64 bit, as bigint (avsc's own long ends at 2^53). */
const bigintLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: (value: number | string) => BigInt(value),
  toJSON: (value: bigint) => value.toString(),
  isValid: (value: unknown) => {
    if (typeof value !== 'bigint') return false;
    if (BigInt.asIntN(64, value) !== value) {
      throw new BillingError('AMOUNT_OVERFLOW', `The amount ${value} does not fit in 64 bits.`);
    }
    return true;
  },
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** The range of a Date: beyond it a number is no instant, and avsc's own long would read some of them wrongly. */
const MAX_INSTANT = 8.64e15;

/** Instants: epoch milliseconds as numbers. */
const instantLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const value = Number(bytes.readBigInt64LE());
    if (Math.abs(value) > MAX_INSTANT) throw new Error(`${value} is no instant in epoch milliseconds`);
    return value;
  },
  toBuffer: (value: number) => {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: (value: number | string) => Number(value),
  toJSON: (value: number) => value,
  isValid: (value: unknown) =>
    typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) <= MAX_INSTANT,
  compare: (a: number, b: number) => a - b,
});

/** Plain longs are bigint, longs with a logical type are instants. */
const longHook = (schema: unknown): Type | undefined => {
  if (schema === 'long') return bigintLong;
  if (typeof schema !== 'object' || schema === null || !('type' in schema) || schema.type !== 'long') return undefined;
  return 'logicalType' in schema ? instantLong : bigintLong;
};

/** @throws Error when the schema is no valid Avro */
export function avroType(schema: unknown): Type {
  return avro.Type.forSchema(schema as Schema, {
    typeHook: longHook,
    wrapUnions: 'never',
    omitRecordMethods: true,
  });
}

/** `offset` is negative when the bytes ended too soon. */
interface Read {
  readonly value: unknown;
  readonly offset: number;
}

/** What reads bytes of one writer schema into the newest shape of a message. */
export interface AvroReader {
  /** @throws Error when the bytes are cut off, too long or no such record */
  read(bytes: Buffer, start: number): unknown;
}

/**
 * A reader from `writer` to `newest`, resolved once.
 * @throws Error when the schemas are not compatible
 */
export function avroReader(newest: Type, writer: Type): AvroReader {
  // Names only count without namespace: a foreign producer may keep its own.
  const resolver = newest === writer ? undefined : newest.createResolver(writer, { ignoreNamespaces: true });
  return {
    read(bytes, start) {
      const { value, offset } = newest.decode(bytes, start, resolver) as Read;
      if (offset < 0) throw new Error('the value is cut off');
      if (offset !== bytes.length) throw new Error(`${bytes.length - offset} byte(s) too many at the end`);
      return value;
    },
  };
}
