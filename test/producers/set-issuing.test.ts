import { beforeEach, expect, test } from 'vitest';
import type { OutRecord } from '../../src/adapters/log.ts';
import { BillingError } from '../../src/errors.ts';
import { createSetIssuing } from '../../src/producers/set-issuing.ts';
import { asRead } from '../support/test-codec.ts';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';

let world: MemoryWorld;
let published: OutRecord[];
let isKafkaAway: boolean;
let setIssuing: ReturnType<typeof createSetIssuing>;

beforeEach(() => {
  world = createMemoryWorld();
  published = [];
  isKafkaAway = false;
  setIssuing = createSetIssuing({
    ...world,
    log: {
      publish: async (records) => {
        if (isKafkaAway) throw new BillingError('KAFKA_UNREACHABLE', 'No broker answers.');
        published.push(...records);
      },
    },
  });
});

const messages = async () => {
  const decoded = await world.codec.decode(published.map((record) => asRead(record)));
  return decoded.map((one) => ('message' in one ? one.message : one.problem));
};
const pause = () => setIssuing({ paused: true, reason: 'numbers look wrong', actor: 'ann' });
const resume = () => setIssuing({ paused: false, reason: 'they were right', actor: null });

test('when issuing is paused and resumed, then the row says so and each change is an event', async () => {
  const at = world.clock.now();

  expect(await pause()).toEqual({ paused: true, revision: 1, changed: true });
  expect(await world.control.issuing()).toMatchObject({ paused: true, actor: 'ann' });
  expect(await resume()).toEqual({ paused: false, revision: 2, changed: true });

  expect(await messages()).toEqual([
    { type: 'IssuingPaused', data: { revision: 1, reason: 'numbers look wrong', actor: 'ann', pausedAt: at } },
    { type: 'IssuingResumed', data: { revision: 2, reason: 'they were right', actor: null, resumedAt: at } },
  ]);
});

test('when it is paused already, then nothing changes and no event is published', async () => {
  await pause();

  expect(await pause()).toEqual({ paused: true, revision: 1, changed: false });
  expect(published).toHaveLength(1);
});

test('when Kafka is away, then it is paused all the same, says so, and the event follows with the next call', async () => {
  isKafkaAway = true;
  await expect(pause()).rejects.toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    message: expect.stringContaining('Issuing is paused') as string,
  });
  expect(await world.control.issuing()).toMatchObject({ paused: true });

  isKafkaAway = false;
  expect(await pause()).toMatchObject({ changed: false });
  expect(await messages()).toMatchObject([{ type: 'IssuingPaused', data: { revision: 1 } }]);
});

test('when several changes could not be published, then all are, in their order', async () => {
  isKafkaAway = true;
  await pause().catch(() => {});
  await resume().catch(() => {});
  isKafkaAway = false;

  await pause();

  expect((await messages()).map((one) => (typeof one === 'string' ? one : one.type))).toEqual([
    'IssuingPaused',
    'IssuingResumed',
    'IssuingPaused',
  ]);
});

test.each(['', '  ', 'two\nlines', 'x'.repeat(1_001), 'half \ud83d'])('%j is no reason', async (reason) => {
  await expect(setIssuing({ paused: true, reason, actor: 'ann' })).rejects.toMatchObject({ code: 'USAGE' });
  expect(await world.control.issuing()).toMatchObject({ paused: false });
});
