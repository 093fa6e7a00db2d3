/** What outlives every process: the log, and everything in Postgres. */
import { createAvroCodec, subjectOf } from '../../src/adapters/avro-codec.ts';
import type { Codec } from '../../src/adapters/codec.ts';
import type { Ledger } from '../../src/adapters/ledger.ts';
import { createMemoryBroker, type MemoryBroker } from '../../src/adapters/memory-broker.ts';
import { createMemoryLedger } from '../../src/adapters/memory-ledger.ts';
import { createMemoryProjectionStore, type MemoryProjectionStore } from '../../src/adapters/memory-projection-store.ts';
import { createMemoryPublicationMarks } from '../../src/adapters/memory-publication-marks.ts';
import { createMemoryRegister } from '../../src/adapters/memory-register.ts';
import { createMemoryOpenRuns } from '../../src/adapters/memory-open-runs.ts';
import { createMemoryRunControl } from '../../src/adapters/memory-run-control.ts';
import { createMemoryRuns } from '../../src/adapters/memory-runs.ts';
import type { PublicationMarks } from '../../src/adapters/publication-marks.ts';
import type { OpenRuns } from '../../src/adapters/open-runs.ts';
import type { Register, RunControlView } from '../../src/adapters/register.ts';
import type { RunControl } from '../../src/adapters/run-control.ts';
import type { FrozenRun, Runs } from '../../src/adapters/runs.ts';
import { loadSchemaFiles, newestSchemas } from '../../src/adapters/schema-files.ts';
import { TOPIC_NAMES, TOPICS } from '../../src/topics.ts';

export interface Servers {
  readonly broker: MemoryBroker;
  /** Ungated: processes get it by gatedCodec. */
  readonly codec: Codec;
  readonly ledger: Ledger;
  readonly register: Register;
  readonly runs: Runs;
  readonly control: RunControl & RunControlView;
  readonly openRuns: OpenRuns;
  readonly projections: MemoryProjectionStore;
  readonly marks: PublicationMarks;
}

const schemas = loadSchemaFiles();
const newest = newestSchemas(schemas);
const subjects = TOPIC_NAMES.flatMap((topic) =>
  TOPICS[topic].messages.map((type) => ({ subject: subjectOf('', topic, type), type })),
);
const subjectIds = new Map(subjects.map(({ subject }, index) => [subject, index + 1]));

/** The registry knows our own schemas; whether it answers is decided where a process asks. */
const codec = createAvroCodec({
  schemas,
  subjectIds,
  fetchForeign: async (id) => {
    const known = subjects[id - 1];
    return known ? newest.get(known.type)!.json : null;
  },
  topicPrefix: '',
});

export function createServers({ partitions, now }: { partitions: number; now: () => number }): Servers {
  const runs = createMemoryRuns();
  const source = { topic: 'shop-requests', partition: -1, offset: 0n };
  const isFinished = async ({ runId, period }: FrozenRun): Promise<boolean> => {
    const shopIds = await runs.manifest({ runId, after: null, limit: 100_000 });
    const keys = shopIds.map((shopId) => ({ runId, shopId, periodStartDate: period.startDate, source }));
    return (await register.load(keys)).every(({ decision }) => decision !== null);
  };
  const control = createMemoryRunControl({ runs, isFinished });
  const register = createMemoryRegister({ control });
  const projections = createMemoryProjectionStore();
  return {
    broker: createMemoryBroker({ partitions, now }),
    codec,
    ledger: createMemoryLedger(),
    register,
    runs,
    control,
    openRuns: createMemoryOpenRuns({ runs, control, store: projections }),
    projections,
    marks: createMemoryPublicationMarks(),
  };
}
