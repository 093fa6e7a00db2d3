import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadSchemaFiles } from '../../src/adapters/schema-files.ts';
import { TOPICS, TOPIC_NAMES } from '../../src/topics.ts';

const SCHEMAS = loadSchemaFiles();

test('every schema is a message of some topic, and every message has a schema', () => {
  const messages = new Set(TOPIC_NAMES.flatMap((topic) => TOPICS[topic].messages));
  expect(new Set(SCHEMAS.map((schema) => schema.name))).toEqual(messages);
});

test('versions of a schema are counted from one without gaps', () => {
  for (const { name } of SCHEMAS) {
    const versions = SCHEMAS.filter((schema) => schema.name === name).map((schema) => schema.version);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
  }
});

test('a consumed topic other than our own events has somewhere for its dead letters', () => {
  const withDeadLetters = TOPIC_NAMES.filter((topic) => (TOPIC_NAMES as readonly string[]).includes(`${topic}.dlq`));
  expect(withDeadLetters).toEqual(['shops', 'usage', 'fx-rates', 'run-requests', 'shop-requests']);
  for (const topic of withDeadLetters) {
    expect(TOPICS[`${topic}.dlq` as keyof typeof TOPICS].messages).toEqual(TOPICS[topic].messages);
  }
});

test('every consumer file is named in the map', () => {
  const named = new Set<string>(TOPIC_NAMES.flatMap((topic) => TOPICS[topic].consumers));
  const files = readdirSync(new URL('../../src/consumers', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));
  for (const consumer of files.filter((name) => /^(ingest|plan|bill)-/.test(name))) expect(named).toContain(consumer);
});
