/** NDJSON → facts on the log: every good line is published, every bad one is reported and set aside. */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { Log, OutRecord } from '../adapters/log.ts';
import type { FactType } from '../domain/facts.ts';
import { RuleError } from '../domain/rule-error.ts';
import { BillingError } from '../errors.ts';
import { createOrderedPublisher, type OrderedPublisher } from './ordered-publisher.ts';
import { parseFactLine } from './parse-fact.ts';
import { toRecord } from './publish-facts.ts';
import { readLines, type Line } from './read-lines.ts';
import { createRejectedFile, rejectedPathOf, removeRejectedFiles, type RejectedFile } from './rejected-file.ts';
import { unpack } from './unpack.ts';

export interface ImportSource {
  /** The file's path; `-` is standard input. */
  readonly name: string;
  readonly stream: AsyncIterable<Uint8Array>;
  /** Where rejected lines go; `<name>.rejected.ndjson` when not given. */
  readonly rejectedPath?: string;
}

export interface Rejection {
  readonly source: string;
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

export interface ImportReport {
  readonly accepted: number;
  readonly rejected: number;
  readonly byType: Readonly<Partial<Record<FactType, number>>>;
  /** The first hundred thousand; `onUnkept` was told of the others. */
  readonly rejections: readonly Rejection[];
  /** Files that hold rejected lines as they were. */
  readonly rejectedFiles: readonly string[];
}

export interface ImportProgress {
  readonly source: string;
  /** Read of this source so far, packed when it is packed. */
  readonly bytes: number;
  /** Of all sources so far. */
  readonly accepted: number;
  readonly rejected: number;
}

export interface ImportDependencies {
  readonly sources: readonly ImportSource[];
  readonly log: Pick<Log, 'publish'>;
  readonly codec: Pick<Codec, 'encode'>;
  readonly clock: Clock;
  /** Called at most ten times a second, and at the end of each source. */
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Called with each rejection that the report has no room for. */
  readonly onUnkept?: (rejection: Rejection) => void;
  readonly signal?: AbortSignal;
}

/** A file of which more is bad is bad as a whole; what does not fit here is told one by one. */
const KEPT_REJECTIONS = 100_000;
const PROGRESS_EVERY_MS = 100;
/** Somewhat less than the megabyte a broker takes: a fact beyond it would stop every import at the same line. */
const MAX_RECORD_BYTES = 900_000;

/** A line of a source: how far an import came. */
interface Mark {
  readonly source: string;
  readonly line: number;
}

/**
 * Reads the sources one after the other and publishes their facts in order, in constant memory. Importing the same
 * again is harmless: each fact has an id made from its content, and the same fact twice is one fact.
 *
 * Throws the log's error (else UNAVAILABLE) saying how far it published, USAGE when rejected lines cannot be kept, or
 * the signal's reason. Bad lines, and a source that breaks off, are no error but rejections in the report.
 */
export async function importFacts(dependencies: ImportDependencies): Promise<ImportReport> {
  const { sources, log } = dependencies;
  const targets = sources.map((source) => source.rejectedPath ?? rejectedPathOf(source.name));
  await removeRejectedFiles(
    targets,
    sources.map(({ name }) => name),
  );
  const publisher = createOrderedPublisher<Mark>({ log });
  const tally = createTally(dependencies);
  for (const [index, source] of sources.entries()) {
    const file = createRejectedFile(targets[index]!);
    try {
      await importSource(dependencies, source, { publisher, tally, file });
    } finally {
      await file.close();
    }
  }
  return tally.report();
}

interface Import {
  readonly publisher: OrderedPublisher<Mark>;
  readonly tally: Tally;
  readonly file: RejectedFile;
}

async function importSource(
  { codec, clock, onProgress, signal }: ImportDependencies,
  { name, stream }: ImportSource,
  { publisher, tally, file }: Import,
): Promise<void> {
  const bytes = { read: 0 };
  let reportAt = clock.now() + PROGRESS_EVERY_MS;
  const report = () => onProgress?.({ source: name, bytes: bytes.read, ...tally.counts() });
  for await (const lines of readLines(unpack(interruptible(counted(stream, bytes), signal)))) {
    signal?.throwIfAborted();
    const rejected: Uint8Array[] = [];
    for (const line of lines) {
      const taken = take(codec, line);
      if ('reason' in taken) {
        tally.reject({ source: name, line: line.number, reason: taken.reason });
        if (taken.raw.length > 0) rejected.push(taken.raw);
        continue;
      }
      tally.accept(taken.type);
      const waiting = publisher.add(taken.record, { source: name, line: line.number });
      if (waiting !== undefined) await waiting.catch((error: unknown) => stopped(error, publisher.published()));
    }
    if (rejected.length > 0) await tally.keep(file, rejected);
    if (clock.now() < reportAt) continue;
    report();
    reportAt = clock.now() + PROGRESS_EVERY_MS;
  }
  await publisher.flush().catch((error: unknown) => stopped(error, publisher.published()));
  report();
}

type Taken =
  { readonly type: FactType; readonly record: OutRecord } | { readonly reason: string; readonly raw: Uint8Array };

function take(codec: Pick<Codec, 'encode'>, line: Line): Taken {
  if ('problem' in line) return { reason: line.problem, raw: line.raw };
  try {
    const fact = parseFactLine(line.text);
    const record = toRecord(codec, fact);
    const size = record.value?.length ?? 0;
    if (size <= MAX_RECORD_BYTES) return { type: fact.type, record };
    return { reason: `the fact has ${size} bytes, too many for one record`, raw: Buffer.from(line.text) };
  } catch (error) {
    if (error instanceof RuleError) return { reason: error.message, raw: Buffer.from(line.text) };
    throw error;
  }
}

type Tally = ReturnType<typeof createTally>;

function createTally({ onUnkept }: Pick<ImportDependencies, 'onUnkept'>) {
  const byType: Partial<Record<FactType, number>> = {};
  const rejections: Rejection[] = [];
  const files = new Set<string>();
  let accepted = 0;
  let rejected = 0;
  return {
    accept(type: FactType): void {
      accepted += 1;
      byType[type] = (byType[type] ?? 0) + 1;
    },
    reject(rejection: Rejection): void {
      rejected += 1;
      if (rejections.length < KEPT_REJECTIONS) rejections.push(rejection);
      else onUnkept?.(rejection);
    },
    async keep(file: RejectedFile, lines: readonly Uint8Array[]): Promise<void> {
      await file.append(lines);
      files.add(file.path);
    },
    counts: () => ({ accepted, rejected }),
    report: (): ImportReport => ({ accepted, rejected, byType, rejections, rejectedFiles: [...files] }),
  };
}

function stopped(error: unknown, published: Mark | null): never {
  const how =
    published === null ? 'nothing was published' : `published up to line ${published.line} of ${published.source}`;
  const code = error instanceof BillingError ? error.code : 'UNAVAILABLE';
  const message = `The import stopped, ${how}; importing the same again is safe. ${(error as Error).message}`;
  throw new BillingError(code, message, { cause: error, details: { published } });
}

async function* counted(stream: AsyncIterable<Uint8Array>, bytes: { read: number }): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) {
    bytes.read += chunk.length;
    yield chunk;
  }
}

/** Ends with the signal's reason also while the source gives nothing, as a terminal may for hours. */
async function* interruptible(
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  if (signal === undefined) {
    yield* stream;
    return;
  }
  const chunks = stream[Symbol.asyncIterator]();
  let abort = () => {};
  const onAbort = () => abort();
  // One promise a chunk, no race against a lasting one: that would hold on to every chunk ever read.
  const next = () =>
    new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      abort = () => reject(signal.reason as Error);
      if (signal.aborted) return abort();
      chunks.next().then(resolve, reject);
    });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (let chunk = await next(); !chunk.done; chunk = await next()) yield chunk.value;
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not waited for: a source that is still asked for its next chunk would answer only then.
    void chunks.return?.()?.catch(() => {});
  }
}
