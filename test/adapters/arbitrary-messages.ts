import fc from 'fast-check';
import type { SchemaFile } from '../../src/adapters/schema-files.ts';

const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;

type Named = Map<string, fc.Arbitrary<unknown>>;

/** Any value of a schema, 64 bit extremes included. */
export function arbitraryMessage(schema: SchemaFile): fc.Arbitrary<Record<string, unknown>> {
  return arbitrary(schema.json, new Map()) as fc.Arbitrary<Record<string, unknown>>;
}

function arbitrary(schema: unknown, named: Named): fc.Arbitrary<unknown> {
  if (Array.isArray(schema)) return fc.oneof(...schema.map((branch) => arbitrary(branch, named)));
  if (typeof schema === 'string') return named.get(schema) ?? primitive(schema);
  const type = schema as {
    type: unknown;
    name: string;
    logicalType?: string;
    items?: unknown;
    values?: unknown;
    fields: { name: string; type: unknown }[];
  };
  if (type.logicalType) return fc.integer({ min: -8.64e15, max: 8.64e15 });
  switch (type.type) {
    case 'array':
      return fc.array(arbitrary(type.items, named), { maxLength: 3 });
    case 'map':
      return fc.dictionary(fc.string(), arbitrary(type.values, named), { maxKeys: 3, noNullPrototype: true });
    case 'record': {
      const record = fc.record(Object.fromEntries(type.fields.map((f) => [f.name, arbitrary(f.type, named)])));
      named.set(type.name, record);
      return record;
    }
    default:
      return arbitrary(type.type, named);
  }
}

function primitive(name: string): fc.Arbitrary<unknown> {
  switch (name) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.integer();
    case 'long':
      return fc.oneof(fc.constantFrom(MIN_LONG, MAX_LONG, 0n, -1n), fc.bigInt(MIN_LONG, MAX_LONG));
    case 'string':
      return fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }));
    default:
      throw new Error(`no arbitrary for ${name}`);
  }
}
