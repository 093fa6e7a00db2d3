/**
 * `run-events` → planned runs, cancellations and pauses: what the log tells of them is put back where it is missing. See
 * docs/decisions/0008.
 */
import type { Codec, Decoded } from '../adapters/codec.ts';
import type { LogFolds } from '../adapters/log-folds.ts';
import type { Log } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { PublicationMarks } from '../adapters/publication-marks.ts';
import type { RunControl } from '../adapters/run-control.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import { parsePosition, positionText, type Pin } from '../domain/log-position.ts';
import { BillingError } from '../errors.ts';
import type { TopicName } from '../topics.ts';
import { foldRanges } from './fold-register.ts';
import { isManifestWhole } from './whole-manifest.ts';

export interface FoldRunsDependencies {
  readonly log: Pick<Log, 'endOffsets' | 'read'>;
  readonly codec: Codec;
  readonly runs: Pick<Runs, 'restore' | 'restoreManifest' | 'manifest'>;
  readonly control: Pick<RunControl, 'restoreCancelled' | 'restoreIssuing'>;
  readonly folds: LogFolds;
  readonly marks: Pick<PublicationMarks, 'advance'>;
  readonly logger: Logger;
  /** The consumer group whose publication marks follow: a run that is whole on the log is planned. */
  readonly group: string;
}

/** @throws BillingError REGISTER_CONFLICT for a record of ours that cannot be understood */
export async function foldRuns(dependencies: FoldRunsDependencies, positions: readonly Pin[]): Promise<void> {
  const { log, codec, runs, control, folds, logger } = dependencies;
  const ranges = await foldRanges(log, ['run-events'], positions);
  if (ranges.length === 0) return;
  const restored: FrozenRun[] = [];
  for await (const records of log.read(ranges)) {
    for (const decoded of await codec.decode(records)) {
      if ('problem' in decoded) {
        const place = positionText(decoded.record);
        throw new BillingError('REGISTER_CONFLICT', `${place} is no event of ours: ${decoded.problem}`);
      }
      const { type, data } = decoded.message;
      if (type === 'BillingRunStarted') {
        const run = { ...data, requestId: requestOf(decoded) };
        if (await runs.restore(run)) restored.push(run);
      } else if (type === 'BillingRunCancelled') {
        await control.restoreCancelled({ ...data, requestId: requestOf(decoded) });
      } else if (type === 'IssuingPaused') {
        const { pausedAt: changedAt, ...change } = data;
        await control.restoreIssuing({ ...change, paused: true, changedAt });
      } else if (type === 'IssuingResumed') {
        const { resumedAt: changedAt, ...change } = data;
        await control.restoreIssuing({ ...change, paused: false, changedAt });
      }
    }
  }
  if (restored.length > 0) {
    logger.warn({ restored: restored.length }, 'runs that were missing are restored from the log');
    await restoreManifests(dependencies, restored);
  }
  await folds.move(ranges.map(({ topic, partition, to: offset }) => ({ topic, partition, offset })));
}

const requestOf = ({ record }: Decoded): string => record.headers['request-position'] ?? '';

/**
 * The requests on the log name the shops of a run. Where its publishing was cut off some are missing: then the planner,
 * which meets its request again, lists the shops anew (whole-manifest.ts).
 */
async function restoreManifests(dependencies: FoldRunsDependencies, restored: readonly FrozenRun[]): Promise<void> {
  const { log, codec, runs, marks, group } = dependencies;
  const wanted = new Map(restored.map((run) => [run.runId, run]));
  for await (const records of log.read(await foldRanges(log, ['shop-requests'], []))) {
    const shopIds = new Map<string, string[]>();
    for (const decoded of await codec.decode(records)) {
      if ('problem' in decoded || decoded.message.type !== 'ShopBillRequested') continue;
      const { runId, shopId } = decoded.message.data;
      if (wanted.has(runId)) shopIds.set(runId, [...(shopIds.get(runId) ?? []), shopId]);
    }
    for (const [runId, ids] of shopIds) await runs.restoreManifest(runId, ids);
  }
  for (const run of restored) {
    const request = parsePosition(run.requestId);
    if (request === null || !(await isManifestWhole(runs, run))) continue;
    await marks.advance(group, request.topic as TopicName, request.partition, request.offset + 1n);
  }
}
