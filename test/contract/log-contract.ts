/** What every log promises. Run on memory and on Kafka. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type {
  Batch,
  BatchHandler,
  ConsumerOptions,
  Log,
  LogRecord,
  OutRecord,
  RunningConsumer,
} from '../../src/adapters/log.ts';
import type { PublicationMarks } from '../../src/adapters/publication-marks.ts';
import { BillingError } from '../../src/errors.ts';
import type { TopicName } from '../../src/topics.ts';
import { eventually } from './eventually.ts';

/** A cluster of its own for each suite, and as many processes on it as wanted. */
export interface LogWorld {
  readonly marks: PublicationMarks;
  /** The log of a further process. @param marks of its own instead of the shared ones */
  process(marks?: PublicationMarks): Log;
  resetOffset(group: string, topic: TopicName, partition: number, offset: bigint): Promise<void>;
  close(): Promise<void>;
}

/** `run-requests` and `run-events` have one partition, `shop-requests` and `events` four. */
const IN = 'run-requests';
const OUT = 'run-events';

export function logContract(name: string, makeWorld: () => Promise<LogWorld>): void {
  describe(`the log promises (${name})`, () => {
    let world: LogWorld;
    let log: Log;
    let counter = 0;
    const running: RunningConsumer[] = [];
    const releases: (() => void)[] = [];

    beforeAll(async () => {
      world = await makeWorld();
      log = world.process();
    });
    afterAll(() => world.close());
    afterEach(async () => {
      releases.splice(0).forEach((release) => release());
      await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
    });

    const freshGroup = () => `group-${(counter += 1)}`;

    async function start(options: Partial<ConsumerOptions> & Pick<ConsumerOptions, 'group' | 'handler'>, on = log) {
      const consumer = await on.consume({ topics: [IN], maxBatch: 100, transactional: true, ...options });
      running.push(consumer);
      return consumer;
    }

    /** Where a topic stands now, so that tests can share it. */
    async function endOf(topic: TopicName, partition = 0): Promise<bigint> {
      return (await log.endOffsets([topic])).find((pin) => pin.partition === partition)!.offset;
    }

    async function readFrom(topic: TopicName, from: ReadonlyMap<number, bigint>): Promise<LogRecord[]> {
      const ends = await log.endOffsets([topic]);
      const ranges = ends.map((pin) => ({
        topic,
        partition: pin.partition,
        from: from.get(pin.partition) ?? 0n,
        to: pin.offset,
      }));
      const records: LogRecord[] = [];
      for await (const some of log.read(ranges)) records.push(...some);
      return records;
    }

    const endsOf = async (topic: TopicName) =>
      new Map((await log.endOffsets([topic])).map((pin) => [pin.partition, pin.offset]));

    const committedOf = async (group: string, topic: TopicName = IN, partition = 0) =>
      (await log.committedOffsets(group, [topic])).find((pin) => pin.partition === partition)?.offset ?? null;

    /** Publishes after what is there, and lets a group begin there. */
    async function given(group: string, texts: readonly string[]): Promise<bigint> {
      const begin = await endOf(IN);
      await world.resetOffset(group, IN, 0, begin);
      await log.publish(texts.map((text) => out(IN, text)));
      return begin;
    }

    /** A promise, and what keeps it. */
    function gate() {
      let open: () => void = () => {};
      const opened = new Promise<void>((resolve) => (open = resolve));
      releases.push(open);
      return { open, opened };
    }

    test('keys keep their order, and records come back as they were written', async () => {
      const before = await endsOf('events');
      const records = Array.from({ length: 60 }, (_, i) =>
        out('events', `v${i}`, `shop-${i % 7}`, { n: `${i}`, ü: 'ß' }),
      );
      await log.publish(records);

      const read = await readFrom('events', before);

      expect(read).toHaveLength(60);
      for (const key of new Set(read.map((record) => record.key))) {
        const of = read.filter((record) => record.key === key);
        expect(of.map(text)).toEqual(records.filter((record) => record.key === key).map((r) => r.value!.toString()));
        expect(new Set(of.map((record) => record.partition)).size).toBe(1);
      }
      expect(read[0]!.headers['ü']).toBe('ß');
      expect(new Set(read.map((record) => record.partition)).size).toBeGreaterThan(1);
    });

    describe('what is published together', () => {
      /** What is on the log of both topics since; a transaction is read once its markers are there. */
      async function since(requests: ReadonlyMap<number, bigint>, events: ReadonlyMap<number, bigint>) {
        const read = [...(await readFrom('shop-requests', requests)), ...(await readFrom(OUT, events))];
        return read.map(text).sort();
      }
      const pair = (what: string) => [out('shop-requests', `${what} request`), out(OUT, `${what} event`)];

      test('is there whole, and nothing of it when the work fails', async () => {
        const before = [await endsOf('shop-requests'), await endsOf(OUT)] as const;

        await log.publishTogether('actions', async () => pair('done'));
        const failed = log.publishTogether('actions', async () => {
          throw new Error('not today');
        });

        await expect(failed).rejects.toThrow('not today');
        await log.publishTogether('actions', async () => []);
        await eventually(async () => expect(await since(...before)).toEqual(['done event', 'done request']));
      });

      test('is all that its name published, when the next one begins', async () => {
        const before = [await endsOf('shop-requests'), await endsOf(OUT)] as const;
        const seen: string[][] = [];
        for (let round = 0; round < 5; round += 1) {
          await world.process().publishTogether('counting', async () => {
            seen.push(await since(...before));
            return pair(`${round}`);
          });
        }

        expect(seen.map((texts) => texts.length)).toEqual([0, 2, 4, 6, 8]);
      });

      test('is not there when somebody else began under the same name meanwhile', async () => {
        const before = [await endsOf('shop-requests'), await endsOf(OUT)] as const;
        const begun = gate();
        const overtaken = gate();
        const first = log.publishTogether('race', async () => {
          begun.open();
          await overtaken.opened;
          return pair('first');
        });
        first.catch(() => undefined);
        await begun.opened;

        await world.process().publishTogether('race', async () => pair('second'));
        overtaken.open();

        await expect(first).rejects.toMatchObject({ code: 'UNAVAILABLE' });
        await log.publishTogether('race', async () => {
          expect(await since(...before)).toEqual(['second event', 'second request']);
          return [];
        });
      });
    });

    test('a record goes to the partition it names; key and value may be null', async () => {
      const before = await endsOf('events');
      await log.publish([{ topic: 'events', key: null, value: null, headers: {}, partition: 3 }]);
      expect(await readFrom('events', before)).toMatchObject([{ partition: 3, key: null, value: null, headers: {} }]);
    });

    test('ranges are read from the first offset to the last, and no further', async () => {
      const begin = await endOf(IN);
      await log.publish(['a', 'b', 'c', 'd'].map((one) => out(IN, one)));
      const read: string[] = [];
      for await (const some of log.read([{ topic: IN, partition: 0, from: begin + 1n, to: begin + 3n }]))
        read.push(...some.map(text));
      expect(read).toEqual(['b', 'c']);
      for await (const _ of log.read([{ topic: IN, partition: 0, from: begin, to: begin }])) expect.unreachable();
    });

    test('the steps of a handler are published in order, with the group moved on', async () => {
      const group = freshGroup();
      const begin = await given(group, ['a', 'b', 'c']);
      const before = await endsOf(OUT);

      await start({ group, maxBatch: 2, handler: publishEach() });

      await eventually(async () => expect(await committedOf(group)).toBe(begin + 3n));
      expect((await readFrom(OUT, before)).map(text)).toEqual(['a', 'b', 'c']);
    });

    test('a handler is given no more than it asked for, and everything once', async () => {
      const group = freshGroup();
      await given(group, ['a', 'b', 'c', 'd', 'e']);
      const sizes: number[] = [];
      const seen: string[] = [];
      await start({
        group,
        maxBatch: 2,
        async *handler(batch) {
          sizes.push(batch.records.length);
          seen.push(...batch.records.map(text));
          yield { publish: [], advance: true };
        },
      });
      await eventually(() => expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2);
    });

    test('what a handler throws is tried again in place, and published once', async () => {
      const group = freshGroup();
      const begin = await given(group, ['a', 'b']);
      const before = await endsOf(OUT);
      let failures = 2;
      let problem: string | null = null;
      const consumer = await start({
        group,
        async *handler(batch) {
          if (failures > 0) {
            failures -= 1;
            throw new BillingError('UNAVAILABLE', 'the database is away');
          }
          problem = consumer.state().problem;
          yield* publishEach()(batch);
        },
      });
      await eventually(async () => expect(await committedOf(group)).toBe(begin + 2n));
      expect((await readFrom(OUT, before)).map(text)).toEqual(['a', 'b']);
      expect(problem).toContain('the database is away');
      await eventually(() => expect(consumer.state().problem).toBeNull());
    });

    describe('given records that become due', () => {
      const topic = 'shop-requests' as const;
      const dueAt = ({ headers }: LogRecord) => (headers['due'] === undefined ? null : Number(headers['due']));
      const dueIn = (ms: number) => ({ due: String(Date.now() + ms) });
      const inPartition = (partition: number, value: string, headers: Record<string, string> = {}) => ({
        ...out(topic, value, 'k', headers),
        partition,
      });

      async function beginAtEnd(group: string) {
        for (const { partition, offset } of await log.endOffsets([topic]))
          await world.resetOffset(group, topic, partition, offset);
      }

      /** Notes what it is given, and when. */
      function noting() {
        const seen: { value: string; at: number }[] = [];
        const handler: BatchHandler = async function* (batch) {
          seen.push(...batch.records.map((record) => ({ value: text(record), at: Date.now() })));
          yield { publish: [], advance: true };
        };
        return { seen, handler, values: () => seen.map(({ value }) => value) };
      }

      test('one that is not due waits with what is behind it, other partitions go on, and it is no problem', async () => {
        const group = freshGroup();
        await beginAtEnd(group);
        const { seen, handler, values } = noting();
        const later = dueIn(2_000);
        await log.publish([
          inPartition(0, 'at once', dueIn(-1)),
          inPartition(0, 'later', later),
          inPartition(0, 'behind it'),
          inPartition(1, 'elsewhere', dueIn(-1)),
        ]);
        const consumer = await start({ group, topics: [topic], handler, dueAt });

        await eventually(() => expect(values().sort()).toEqual(['at once', 'elsewhere']));
        await log.publish([inPartition(1, 'elsewhere, meanwhile')]);
        await eventually(() => expect(values()).toContain('elsewhere, meanwhile'));
        await eventually(() => expect(consumer.state()).toMatchObject({ problem: null, silentSince: null }));
        expect(values()).not.toContain('later');

        await eventually(() => expect(values().slice(-2)).toEqual(['later', 'behind it']));
        expect(seen.at(-2)!.at).toBeGreaterThanOrEqual(Number(later.due));
      });

      test('a consumer that waits for one stops at once, and the next one waits on', async () => {
        const group = freshGroup();
        await beginAtEnd(group);
        const later = dueIn(3_000);
        await log.publish([inPartition(2, 'before'), inPartition(2, 'later', later)]);
        const first = noting();
        const consumer = await start({ group, topics: [topic], handler: first.handler, dueAt });
        await eventually(() => expect(first.values()).toEqual(['before']));
        await consumer.stop();
        expect(Date.now()).toBeLessThan(Number(later.due));

        const second = noting();
        await start({ group, topics: [topic], handler: second.handler, dueAt }, world.process());

        await eventually(() => expect(second.values()).toEqual(['later']));
        expect(second.seen[0]!.at).toBeGreaterThanOrEqual(Number(later.due));
        expect(first.values()).toEqual(['before']);
      });
    });

    test('a handler that hangs is seen by its silence, until it ends; heartbeats break it', async () => {
      const group = freshGroup();
      await given(group, ['a']);
      const [begun, hanging] = [gate(), gate()];
      let heartbeat: () => Promise<void> = async () => {};
      const consumer = await start({
        group,
        async *handler(batch) {
          heartbeat = () => batch.heartbeat();
          begun.open();
          await hanging.opened;
          yield { publish: [], advance: true };
        },
      });
      await begun.opened;
      const silentSince = consumer.state().silentSince!;
      await eventually(() => expect(Date.now()).toBeGreaterThan(silentSince + 20));
      expect(consumer.state().silentSince).toBe(silentSince);

      await heartbeat();
      expect(consumer.state().silentSince).toBeGreaterThan(silentSince);

      hanging.open();
      await eventually(() => expect(consumer.state().silentSince).toBeNull());
    });

    test('a handler that throws after a step resumes from what stands beside the offset', async () => {
      const group = freshGroup();
      const begin = await given(group, ['a', 'b', 'c']);
      const before = await endsOf(OUT);
      let thrown = false;
      await start({
        group,
        async *handler({ records, metadata }) {
          for (let done = Number(metadata); done < records.length; done += 1) {
            if (done === 2 && !thrown) {
              thrown = true;
              throw new Error('crash between two steps');
            }
            const advance = done === records.length - 1;
            const publish = [out(OUT, text(records[done]!))];
            yield advance ? { publish, advance } : { publish, advance, metadata: String(done + 1) };
          }
        },
      });
      await eventually(async () => expect(await committedOf(group)).toBe(begin + 3n));
      expect((await readFrom(OUT, before)).map(text)).toEqual(['a', 'b', 'c']);
      expect(thrown).toBe(true);
    });

    test('the next process resumes long work where the last one was stopped', async () => {
      const group = freshGroup();
      const begin = await given(group, ['long']);
      const before = await endsOf(OUT);
      const halfway = gate();
      const first = await start({
        group,
        async *handler({ signal, records }) {
          yield { publish: [out(OUT, `${text(records[0]!)} 1`)], advance: false, metadata: 'one done' };
          halfway.open();
          await aborted(signal);
        },
      });
      await halfway.opened;
      await first.stop();
      expect(await committedOf(group)).toBe(begin);

      const found: string[] = [];
      await start(
        {
          group,
          async *handler({ metadata, records }) {
            found.push(metadata);
            yield { publish: [out(OUT, `${text(records[0]!)} 2`)], advance: true };
          },
        },
        world.process(),
      );

      await eventually(async () => expect(await committedOf(group)).toBe(begin + 1n));
      expect(found).toEqual(['one done']);
      expect((await readFrom(OUT, before)).map(text)).toEqual(['long 1', 'long 2']);
    });

    test('long work is resumed where it was stopped, also after the group was set back', async () => {
      const group = freshGroup();
      const begin = await given(group, ['short', 'long', 'later']);
      const before = await endsOf(OUT);
      const found: string[] = [];
      const halfway = gate();
      const first = await start({
        group,
        maxBatch: 1,
        async *handler({ signal, records }) {
          if (text(records[0]!) === 'short') {
            yield { publish: [out(OUT, 'short')], advance: true };
            return;
          }
          yield { publish: [out(OUT, 'long 1')], advance: false, metadata: 'one done' };
          halfway.open();
          await aborted(signal);
        },
      });
      await halfway.opened;
      await first.stop();

      for (const back of [begin + 1n, begin]) {
        await world.resetOffset(group, IN, 0, back);
        const looked = gate();
        const again = await start({
          group,
          maxBatch: 1,
          async *handler({ signal, records, metadata, publishedBelow }) {
            if (records[0]!.offset < publishedBelow) {
              yield { publish: [], advance: true };
              return;
            }
            found.push(`${text(records[0]!)}: ${metadata}`);
            looked.open();
            await aborted(signal);
          },
        });
        await looked.opened;
        await again.stop();
      }
      await start({
        group,
        maxBatch: 1,
        async *handler({ records, metadata }) {
          found.push(`${text(records[0]!)}: ${metadata}`);
          yield { publish: [out(OUT, `${text(records[0]!)} 2`)], advance: true };
        },
      });

      await eventually(async () => expect(await committedOf(group)).toBe(begin + 3n));
      expect(found).toEqual(['long: one done', 'long: one done', 'long: one done', 'later: ']);
      expect((await readFrom(OUT, before)).map(text)).toEqual(['short', 'long 1', 'long 2', 'later 2']);
    });

    test('nothing of a failing step is visible, and an unfinished handler is no success', async () => {
      const group = freshGroup();
      const begin = await given(group, ['a']);
      const before = await endsOf(OUT);
      let attempts = 0;
      const consumer = await start({
        group,
        async *handler({ metadata }) {
          attempts += 1;
          if (attempts < 3) return;
          yield { publish: [out(OUT, `after ${attempts}${metadata}`)], advance: true };
        },
      });
      await eventually(() => expect(consumer.state().problem).toContain('ended without advancing'));
      expect(await committedOf(group)).toBe(begin);
      await eventually(async () => expect(await committedOf(group)).toBe(begin + 1n));
      expect((await readFrom(OUT, before)).map(text)).toEqual(['after 3']);
    });

    test('a broken invariant stops the consumer for good, without committing', async () => {
      const group = freshGroup();
      const begin = await given(group, ['a']);
      const consumer = await start({
        group,
        // eslint-disable-next-line require-yield
        async *handler() {
          throw new BillingError('REGISTER_CONFLICT', 'a row differs');
        },
      });
      await expect(consumer.finished).rejects.toMatchObject({ code: 'REGISTER_CONFLICT' });
      expect(consumer.state().problem).toContain('a row differs');
      expect(await committedOf(group)).toBe(begin);
      await eventually(async () => expect(await log.hasMembers(group)).toBe(false));
    });

    test('a consumer started again goes on behind what was committed', async () => {
      const group = freshGroup();
      const begin = await given(group, ['a', 'b']);
      const before = await endsOf(OUT);
      const first = await start({ group, handler: publishEach() });
      await eventually(async () => expect(await committedOf(group)).toBe(begin + 2n));
      await first.stop();
      await expect(first.finished).resolves.toBeUndefined();
      await log.publish([out(IN, 'c')]);

      await start({ group, handler: publishEach() }, world.process());

      await eventually(async () => expect((await readFrom(OUT, before)).map(text)).toEqual(['a', 'b', 'c']));
    });

    test('after a restart everything committed counts as published; after a reset still does', async () => {
      const group = freshGroup();
      const begin = await given(group, ['a', 'b']);
      const before = await endsOf(OUT);
      const first = await start({ group, handler: publishEach() });
      await eventually(async () => expect(await world.marks.load(group, IN, 0)).toBe(begin + 2n));
      await first.stop();
      await log.publish([out(IN, 'c')]);
      const seen: string[] = [];
      /** Compares what was published, publishes the rest: as the biller does. */
      const compare: BatchHandler = async function* (batch) {
        const fresh = batch.records.filter(({ offset }) => offset >= batch.publishedBelow);
        seen.push(...batch.records.map((record) => `${text(record)}${fresh.includes(record) ? '' : ' again'}`));
        yield { publish: fresh.map((record) => out(OUT, text(record))), advance: true };
      };

      const second = await start({ group, handler: compare });
      await eventually(() => expect(seen).toEqual(['c']));
      await eventually(async () => expect(await committedOf(group)).toBe(begin + 3n));
      await second.stop();

      await world.resetOffset(group, IN, 0, begin);
      seen.length = 0;
      await start({ group, handler: compare });
      await eventually(() => expect(seen).toEqual(['a again', 'b again', 'c again']));
      expect((await readFrom(OUT, before)).map(text)).toEqual(['a', 'b', 'c']);
    });

    test('what was committed counts as published, also where nobody got to keep the mark', async () => {
      const group = freshGroup();
      const begin = await given(group, ['a', 'b']);
      const forgetful = world.process({ load: async () => 0n, advance: async () => {} });
      const first = await start({ group, handler: publishEach() }, forgetful);
      await eventually(async () => expect(await committedOf(group)).toBe(begin + 2n));
      await first.stop();

      for (let time = 0; time < 2; time += 1) {
        await world.resetOffset(group, IN, 0, begin);
        let publishedBelow: bigint | null = null;
        const handler: BatchHandler = async function* (batch) {
          publishedBelow ??= batch.publishedBelow;
          yield { publish: [], advance: true };
        };
        const again = await start({ group, maxBatch: 1, handler }, forgetful);
        await eventually(async () => expect(await committedOf(group)).toBe(begin + 2n));
        await again.stop();
        expect(publishedBelow).toBe(begin + 2n);
      }
    });

    test('taking a partition keeps the mark that only the log knew', async () => {
      const group = freshGroup();
      const begin = await given(group, ['a']);
      const forgetful = world.process({ load: async () => 0n, advance: async () => {} });
      const first = await start({ group, handler: publishEach() }, forgetful);
      await eventually(async () => expect(await committedOf(group)).toBe(begin + 1n));
      await first.stop();
      expect(await world.marks.load(group, IN, 0)).toBe(0n);

      await log.publish([out(IN, 'b')]);
      const held = gate();
      await start({
        group,
        async *handler() {
          await held.opened;
          yield { publish: [], advance: true };
        },
      });

      await eventually(async () => expect(await world.marks.load(group, IN, 0)).toBe(begin + 1n));
      held.open();
    });

    test('a group without members says so', async () => {
      const group = freshGroup();
      expect(await log.hasMembers(group)).toBe(false);
      const consumer = await start({ group, handler: publishEach() });
      expect(await log.hasMembers(group)).toBe(true);
      expect(consumer.state()).toMatchObject({ group, assigned: [{ topic: IN, partition: 0 }], problem: null });
      await consumer.stop();
      expect(await log.hasMembers(group)).toBe(false);
    });

    test.each([false, true])(
      'a consumer learns of every end, control records included (transactional: %s)',
      async (transactional) => {
        const group = freshGroup();
        await given(group, ['a', 'b', 'c']);
        const positions = new Map<number, bigint>();
        await start({
          group: freshGroup(),
          topics: [OUT],
          transactional,
          async *handler(batch) {
            positions.set(batch.partition, batch.nextOffset);
            yield { publish: [], advance: true };
          },
        });
        await start({ group, maxBatch: 1, handler: publishEach() });
        await eventually(async () => expect(await committedOf(group)).toBe(await endOf(IN)));
        await eventually(async () => expect(positions).toEqual(await endsOf(OUT)));
      },
    );

    test('an own checkpoint wins over the offset of the group, whichever is further', async () => {
      const group = freshGroup();
      const begin = await given(group, ['a', 'b', 'c', 'd']);
      const seen: string[] = [];
      let checkpoint = begin + 2n;
      const options = {
        group,
        transactional: false,
        startAt: async () => checkpoint,
        async *handler(batch: Batch) {
          seen.push(...batch.records.map(text));
          checkpoint = batch.nextOffset;
          yield { publish: [], advance: true };
        },
      };
      const first = await start(options);
      await eventually(() => expect(seen).toEqual(['c', 'd']));
      await eventually(async () => expect(await committedOf(group)).toBe(begin + 4n));
      await first.stop();

      checkpoint = begin + 1n;
      seen.length = 0;
      await start(options);
      await eventually(() => expect(seen).toEqual(['b', 'c', 'd']));
    });

    test('two members share the partitions; nothing is lost or doubled while one comes and goes', async () => {
      const group = freshGroup();
      const topics = ['shop-requests'] as const;
      const before = await endsOf('events');
      const expected: string[] = [];
      let n = 0;
      const publishSome = async (count: number) => {
        const batch = Array.from({ length: count }, () => `r${(n += 1)}`);
        expected.push(...batch);
        await log.publish(batch.map((value) => out('shop-requests', value, `shop-${value}`)));
      };
      const published = async () => (await readFrom('events', before)).map(text);
      const handler: BatchHandler = async function* (batch) {
        await batch.heartbeat();
        yield { publish: batch.records.map((r) => out('events', text(r), r.key!)), advance: true };
      };
      for (const pin of await log.endOffsets(topics))
        await world.resetOffset(group, pin.topic as TopicName, pin.partition, pin.offset);
      const options = { group, topics, maxBatch: 5, handler };

      const first = await start(options);
      await publishSome(100);
      await eventually(async () => expect((await published()).length).toBeGreaterThan(20));
      await publishSome(200);
      const second = await start(options, world.process());
      await publishSome(200);
      await eventually(() => {
        expect(first.state().assigned).toHaveLength(2);
        expect(second.state().assigned).toHaveLength(2);
      });
      await eventually(async () => expect((await published()).length).toBeGreaterThan(350));
      await publishSome(100);
      await second.stop();
      await publishSome(50);
      await eventually(() => expect(first.state().assigned).toHaveLength(4));

      await eventually(async () => expect((await published()).length).toBeGreaterThanOrEqual(expected.length));
      expect((await published()).sort()).toEqual(expected.sort());
    });

    test('a member whose partitions went elsewhere meanwhile can no longer commit', async () => {
      const group = freshGroup();
      const topics = ['shop-requests'] as const;
      const ends = await log.endOffsets(topics);
      for (const pin of ends) await world.resetOffset(group, 'shop-requests', pin.partition, pin.offset);
      const before = await endsOf('events');
      await log.publish(ends.map(({ partition }) => ({ ...out('shop-requests', `r${partition}`), partition })));
      const thawed = gate();
      let inHand = 0;
      let zombies = 0;
      await start({
        group,
        topics,
        async *handler(batch) {
          const frozen = zombies < 4;
          if (frozen) zombies += 1;
          inHand += 1;
          if (frozen) await thawed.opened;
          yield {
            publish: batch.records.map((r) => out('events', `${frozen ? 'frozen' : 'first'} ${text(r)}`)),
            advance: true,
          };
        },
      });
      await eventually(() => expect(inHand).toBe(4));

      const heir = await start(
        {
          group,
          topics,
          async *handler(batch) {
            yield { publish: batch.records.map((r) => out('events', `heir ${text(r)}`)), advance: true };
          },
        },
        world.process(),
      );
      const published = async () => (await readFrom('events', before)).map(text).sort();
      await eventually(async () => expect((await published()).length).toBe(2));
      const inherited = heir.state().assigned.map(({ partition }) => partition);
      expect(await published()).toEqual(inherited.map((partition) => `heir r${partition}`).sort());
      thawed.open();

      const kept = [0, 1, 2, 3].filter((partition) => !inherited.includes(partition));
      const expected = [...inherited.map((p) => `heir r${p}`), ...kept.map((p) => `first r${p}`)].sort();
      await eventually(async () => expect(await published()).toEqual(expected));
      for (const { partition, offset } of ends) {
        await eventually(async () => expect(await committedOf(group, 'shop-requests', partition)).toBe(offset + 1n));
      }
    });
  });
}

const text = (record: LogRecord): string => record.value!.toString();

export const out = (topic: TopicName, value: string, key = 'k', headers: Record<string, string> = {}): OutRecord => ({
  topic,
  key,
  value: Buffer.from(value),
  headers,
});

const publishEach = (prefix = ''): BatchHandler =>
  async function* ({ records }) {
    yield { publish: records.map((record) => out(OUT, prefix + text(record))), advance: true };
  };

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
