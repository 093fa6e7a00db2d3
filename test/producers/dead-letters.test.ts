/** Redriving and discarding against the log in memory and a projector that can be held up. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import type { LogRecord, OutRecord } from '../../src/adapters/log.ts';
import { silentLogger } from '../../src/adapters/logger.ts';
import { createMemoryLedger } from '../../src/adapters/memory-ledger.ts';
import { createMemoryLog, type LogMoment, type MemoryLog } from '../../src/adapters/memory-log.ts';
import { createMemoryProjectionStore } from '../../src/adapters/memory-projection-store.ts';
import { createMemoryPublicationMarks } from '../../src/adapters/memory-publication-marks.ts';
import { createMemoryReadModels } from '../../src/adapters/memory-read-models.ts';
import type { ReadModels } from '../../src/adapters/read-models.ts';
import { randomUuid, uuidV5 } from '../../src/adapters/uuid.ts';
import type { DeadLetterAsk } from '../../src/app.ts';
import { BillingError } from '../../src/errors.ts';
import { createDiscardDeadLetters } from '../../src/producers/discard-dead-letters.ts';
import { createRedriveDeadLetters, MAX_REDRIVES } from '../../src/producers/redrive-dead-letters.ts';
import { createProjector, PROJECTED_TOPICS } from '../../src/projections/project.ts';
import type { TopicName } from '../../src/topics.ts';
import { eventually } from '../contract/eventually.ts';
import { testCodec } from '../support/test-codec.ts';

const codec = testCodec();
const ledger = createMemoryLedger();

let log: MemoryLog;
let readModels: ReadModels;
let project: () => Promise<void>;
/** What Kafka does at each moment. */
let interrupt: (moment: LogMoment) => void;

beforeEach(() => {
  interrupt = () => {};
  const marks = createMemoryPublicationMarks();
  log = createMemoryLog({ clock: systemClock, marks, interrupt: (moment) => interrupt(moment) });
  const store = createMemoryProjectionStore();
  readModels = createMemoryReadModels({ store, ledger });
  const dependencies = { log, store, codec, clock: systemClock, logger: silentLogger, deterministicId: uuidV5 };
  project = async () => {
    const { handler, startAt } = createProjector(dependencies);
    const consumer = await log.consume({
      ...{ group: 'projector', topics: PROJECTED_TOPICS, maxBatch: 100, transactional: true },
      ...{ handler, startAt },
    });
    await eventually(async () => {
      for (const { topic, partition, offset } of await log.endOffsets(PROJECTED_TOPICS)) {
        expect(await store.checkpoint(topic as TopicName, partition)).toBe(offset);
      }
    });
    await consumer.stop();
  };
});
afterEach(() => log.close());

const dependencies = () => ({ log, codec, readModels, clock: systemClock, randomId: randomUuid });
const asked = (ask: Partial<DeadLetterAsk>): DeadLetterAsk => ({
  ...{ ids: null, where: {}, reason: 'plan mended', actor: 'ann' },
  ...ask,
});
const redrive = (ask: Partial<DeadLetterAsk>) => createRedriveDeadLetters(dependencies())(asked(ask));
const discard = (ask: Partial<DeadLetterAsk>) => createDiscardDeadLetters(dependencies())(asked(ask));

function letter(key: string, headers: Record<string, string> = {}, topic: TopicName = 'shop-requests.dlq'): OutRecord {
  return {
    ...{ topic, key, value: Buffer.from([0xff, 0x00, 0x7f]) },
    headers: {
      ...{ 'failure-code': 'PLAN_NOT_RATABLE', 'failure-message': 'no bands', 'original-topic': topic.slice(0, -4) },
      ...{ ce_id: `request-${key}`, ce_correlationid: 'run-1', 'redrive-count': '0' },
      ...headers,
    },
  };
}

async function given(...letters: OutRecord[]): Promise<void> {
  await log.publish(letters);
  await project();
}

async function recordsOf(topic: TopicName): Promise<LogRecord[]> {
  const ends = await log.endOffsets([topic]);
  const records: LogRecord[] = [];
  for await (const some of log.read(ends.map(({ partition, offset: to }) => ({ topic, partition, from: 0n, to })))) {
    records.push(...some);
  }
  return records;
}

async function eventsOnLog() {
  const decoded = await codec.decode(await recordsOf('run-events'));
  return decoded.map((one) => {
    if (!('message' in one)) throw new Error(one.problem);
    return one.message;
  });
}

const open = async () => (await readModels.listDeadLetters({ cursor: null, limit: 99 })).items.map(({ key }) => key);
const FIRST = 'shop-requests.dlq/0/0';
const SECOND = 'shop-requests.dlq/0/1';

describe('redriving', () => {
  test('sends the record back as it was, counted, with an event that says who and why', async () => {
    await given(letter('s1', { 'redrive-count': '3', 'x-foreign': 'kept' }), letter('s2'));

    const answer = await redrive({ ids: [FIRST] });

    expect(answer).toEqual({
      settled: [{ deadLetterId: FIRST, topic: 'shop-requests', key: 's1', redriveCount: 4 }],
      left: [],
    });
    const [record, ...more] = await recordsOf('shop-requests');
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      key: 's1',
      value: Buffer.from([0xff, 0x00, 0x7f]),
      headers: { ...letter('s1').headers, 'redrive-count': '4', 'x-foreign': 'kept' },
    });
    expect(await eventsOnLog()).toMatchObject([
      {
        type: 'DeadLetterRedriven',
        data: {
          ...{ deadLetterId: FIRST, originalTopic: 'shop-requests', runId: 'run-1', failureCode: 'PLAN_NOT_RATABLE' },
          ...{ reason: 'plan mended', actor: 'ann', redriveCount: 4 },
        },
      },
    ]);
    await project();
    expect(await open()).toEqual(['s2']);
    const { letters } = await readModels.findDeadLetters([{ topic: 'shop-requests.dlq', partition: 0, offset: 0n }]);
    expect(letters[0]?.settlement).toMatchObject({ action: 'redriven', actor: 'ann', reason: 'plan mended' });
  });

  test('sends a fact back to its topic', async () => {
    await given(letter('s1', {}, 'usage.dlq'));

    await redrive({ ids: ['usage.dlq/0/0'], reason: '' });

    expect(await recordsOf('usage')).toMatchObject([{ key: 's1', headers: { 'redrive-count': '1' } }]);
  });

  test.each([
    ['before the projector has seen the first', async () => {}],
    ['after it has', () => project()],
  ])('a second time says that it was settled, %s', async (_, between) => {
    await given(letter('s1'));
    await redrive({ ids: [FIRST] });
    await between();

    await expect(redrive({ ids: [FIRST] })).rejects.toMatchObject({ code: 'DEAD_LETTER_SETTLED' });
    await expect(discard({ ids: [FIRST] })).rejects.toMatchObject({ code: 'DEAD_LETTER_SETTLED' });
    expect(await recordsOf('shop-requests')).toHaveLength(1);
    expect(await eventsOnLog()).toHaveLength(1);
  });

  test('by many at the same time happens once', async () => {
    await given(letter('s1'), letter('s2'));

    const answers = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => (index % 2 ? redrive : discard)({ ids: [FIRST] })),
    );

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'DEAD_LETTER_SETTLED' });
    }
    expect(await eventsOnLog()).toHaveLength(1);
  });

  test('of several is all or nothing', async () => {
    await given(letter('s1'), letter('s2'));
    await discard({ ids: [SECOND] });

    await expect(redrive({ ids: [FIRST, SECOND] })).rejects.toMatchObject({ code: 'DEAD_LETTER_SETTLED' });
    await expect(redrive({ ids: [FIRST, 'shop-requests.dlq/0/9'] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(redrive({ ids: [FIRST, 'what'] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(redrive({ ids: [] })).rejects.toMatchObject({ code: 'USAGE' });

    expect(await recordsOf('shop-requests')).toEqual([]);
  });

  test(`ends after ${MAX_REDRIVES} times`, async () => {
    await given(letter('s1', { 'redrive-count': String(MAX_REDRIVES) }), letter('s2'));

    await expect(redrive({ ids: [FIRST] })).rejects.toMatchObject({ code: 'REDRIVE_LIMIT' });
    const answer = await redrive({ ids: null });

    expect(answer.settled.map(({ deadLetterId }) => deadLetterId)).toEqual([SECOND]);
    expect(answer.left).toMatchObject([{ deadLetterId: FIRST, code: 'REDRIVE_LIMIT' }]);
  });

  test('by filter takes those that fit, over all pages, and not what fails again meanwhile', async () => {
    const many = Array.from({ length: 450 }, (_, index) => letter(`s${index}`, { 'failure-code': 'FX_RATE_MISSING' }));
    await given(...many, letter('other'));
    let transactions = 0;
    interrupt = (moment) => {
      if (moment !== 'committed' || (transactions += 1) > 1) return;
      log.broker.append([letter('again', { 'failure-code': 'FX_RATE_MISSING' })]);
    };

    const answer = await redrive({ where: { code: 'FX_RATE_MISSING' } });
    await project();

    expect(answer.settled).toHaveLength(450);
    expect(await open()).toEqual(['other', 'again']);
    expect(await recordsOf('shop-requests')).toHaveLength(450);
  });

  test('is done once also when the answer of the log is lost', async () => {
    await given(letter('s1'));
    let lost = 0;
    interrupt = (moment) => {
      if (moment === 'committed' && (lost += 1) === 1) throw new BillingError('UNAVAILABLE', 'connection lost');
    };

    const answer = await redrive({ ids: [FIRST] });

    expect(answer.settled).toHaveLength(1);
    expect(await recordsOf('shop-requests')).toHaveLength(1);
    expect(await eventsOnLog()).toHaveLength(1);
  });

  test('needs the bytes to be there still', async () => {
    await given(letter('s1'));
    const noBytes = {
      ...dependencies(),
      log: {
        ...log,
        read: (ranges: Parameters<MemoryLog['read']>[0]) =>
          log.read(ranges.filter(({ topic }) => topic === 'run-events')),
      },
    };

    const attempt = createRedriveDeadLetters(noBytes)(asked({ ids: [FIRST] }));

    await expect(attempt).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('discard') as string,
    });
    await expect(createDiscardDeadLetters(noBytes)(asked({ ids: [FIRST] }))).resolves.toMatchObject({ left: [] });
  });
});

describe('discarding', () => {
  test('takes it off the list and leaves the topics alone', async () => {
    await given(letter('s1'), letter('s2'));

    await discard({ ids: [SECOND], reason: 'shop is gone' });
    await project();

    expect(await open()).toEqual(['s1']);
    expect(await recordsOf('shop-requests')).toEqual([]);
    expect(await eventsOnLog()).toMatchObject([
      { type: 'DeadLetterDiscarded', data: { deadLetterId: SECOND, reason: 'shop is gone', actor: 'ann' } },
    ]);
  });

  test.each([
    ['empty', ''],
    ['blank', '   '],
    ['too long', 'x'.repeat(501)],
    ['of two lines', 'two\nlines'],
  ])('needs a reason, not one that is %s', async (_, reason) => {
    await given(letter('s1'));

    await expect(discard({ ids: [FIRST], reason })).rejects.toMatchObject({ code: 'USAGE' });

    expect(await eventsOnLog()).toEqual([]);
  });
});
