/** Ports as one simulated process sees them: every call waits its turn, and may fail before or after it took effect. */
import type { Codec } from '../../src/adapters/codec.ts';
import type { Log } from '../../src/adapters/log.ts';
import type { ProjectionStore } from '../../src/adapters/projection-store.ts';
import type { Register } from '../../src/adapters/register.ts';
import type { Runs } from '../../src/adapters/runs.ts';
import type { Server } from './faults.ts';
import type { SimulatedProcess } from './simulated-process.ts';

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** A port of which every method is one call to a server. */
export function gatedPort<P extends object>(process: SimulatedProcess, server: Server, name: string, port: P): P {
  const gated = Object.entries(port).map(([method, work]: [string, Method]) => [
    method,
    (...args: readonly unknown[]) => process.call(`${name}.${method}`, server, () => work(...args)),
  ]);
  return Object.fromEntries(gated) as P;
}

/** Which connections a process has opened it knows by itself. */
export function gatedRegister(process: SimulatedProcess, register: Register): Register {
  return { ...gatedPort(process, 'postgres', 'register', register), generation: register.generation };
}

/** Freezing reads the manifest in the middle of its transaction, which ends with the process. */
export function gatedRuns(process: SimulatedProcess, runs: Runs): Runs {
  const gated = gatedPort(process, 'postgres', 'runs', runs);
  return {
    ...gated,
    freeze: (run, manifest, countUnbillable) =>
      gated.freeze(
        run,
        endingWith(process, manifest),
        countUnbillable && (() => Promise.race([countUnbillable(), process.death])),
      ),
  };
}

async function* endingWith<T>({ death }: SimulatedProcess, items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), death]);
    if (next.done) return;
    yield next.value;
  }
}

/** A step of the projection is a transaction of several calls, which ends with the process. */
export function gatedProjections(process: SimulatedProcess, store: ProjectionStore): ProjectionStore {
  const gated = gatedPort(process, 'postgres', 'projections', store);
  return {
    ...gated,
    advance: (step, work) =>
      gated.advance(step, (transaction) =>
        Promise.race([work(gatedPort(process, 'postgres', 'projecting', transaction)), process.death]),
      ),
  };
}

/** Decoding needs the registry only where a record does not name a schema of ours. */
export function gatedCodec(process: SimulatedProcess, codec: Codec): Codec {
  return {
    ...codec,
    async decode(records) {
      const isForeign = records.some(({ headers }) => headers['ce_dataschema'] === undefined);
      await process.turn('decode', isForeign ? 'registry' : null);
      return codec.decode(records);
    },
  };
}

/**
 * The memory log asks before claims, commits and publishes; this adds what else is a call to the broker, and hands
 * handlers smaller batches, whose heartbeat waits its turn too.
 */
export function gatedLog(process: SimulatedProcess, log: Log, maxBatch: number): Log {
  const broker = 'broker' satisfies Server;
  const { endOffsets, committedOffsets, hasMembers, clusterId } = gatedPort(process, broker, 'log', {
    endOffsets: log.endOffsets,
    committedOffsets: log.committedOffsets,
    hasMembers: log.hasMembers,
    clusterId: log.clusterId,
  });
  return {
    ...{ endOffsets, committedOffsets, hasMembers, clusterId },
    close: () => log.close(),
    async publish(records) {
      await log.publish(records);
      await process.turn('publish', broker, 'after');
    },
    publishTogether: (name, work) => log.publishTogether(name, work),
    async *read(ranges) {
      await process.turn('log.read', broker);
      for await (const records of log.read(ranges)) {
        yield records;
        await process.turn('log.read on', broker);
      }
    },
    consume: (options) =>
      log.consume({
        ...options,
        maxBatch: Math.min(options.maxBatch, maxBatch),
        handler: (batch) =>
          options.handler({
            ...batch,
            async heartbeat() {
              await process.turn('heartbeat', null);
              batch.signal.throwIfAborted();
            },
          }),
      }),
  };
}
