/** What must hold of the log by itself, whatever the bills say. */
import type { SeenDecision } from './decisions.ts';
import { grouped, key, type Observed } from './observed.ts';

const SETTLES = ['invoiced', 'zero', 'trial', 'credit', 'held', 'rejected'];

export function checkLog(observed: Observed, live: readonly SeenDecision[]): string[] {
  return [
    ...eachEventOnce(observed),
    ...unbrokenSequences(live),
    ...settledOnce(live),
    ...gaplessNumbers(live),
    ...dryRunsApart(observed),
    ...completionsInOrder(observed),
  ];
}

function eachEventOnce(observed: Observed): string[] {
  const requests = grouped(observed.of('shop-requests'), ({ message: { data } }) =>
    key((data as { runId?: string }).runId ?? '', (data as { shopId: string }).shopId),
  );
  return (['events', 'run-events', 'dry-run-events'] as const).flatMap((topic) =>
    [...grouped(observed.of(topic), ({ id }) => id)].flatMap(([id, copies]) => {
      const { type, data } = copies[0]!.message;
      // Whoever is not sure says it again, under the same id.
      if (type === 'IssuingPaused' || type === 'IssuingResumed') return [];
      // A dry run leaves nothing to recognise a repeated request by: each may be answered once.
      const { runId, shopId } = data as { runId: string; shopId: string };
      const allowed = topic === 'dry-run-events' ? (requests.get(key(runId, shopId))?.length ?? 1) : 1;
      return copies.length > allowed
        ? [`${type} ${id} of ${shopId ?? runId} is ${copies.length} times on ${topic}`]
        : [];
    }),
  );
}

function unbrokenSequences(live: readonly SeenDecision[]): string[] {
  return [...grouped(live, ({ shopId }) => shopId)].flatMap(([shopId, decisions]) => {
    const sequences = decisions.map(({ sequence }) => sequence).sort((a, b) => a - b);
    const isUnbroken = sequences.every((sequence, index) => sequence === index + 1);
    return isUnbroken ? [] : [`the decisions about ${shopId} are numbered ${sequences.join(', ')}`];
  });
}

/** Goes through each shop's decisions in order: a period that is settled stays so until its bill is voided. */
function settledOnce(live: readonly SeenDecision[]): string[] {
  const violations: string[] = [];
  const settled = new Map<string, SeenDecision>();
  for (const decision of live.toSorted((a, b) => a.sequence - b.sequence)) {
    const { shopId, startDate, outcome, bill } = decision;
    const period = key(shopId, startDate);
    const before = settled.get(period);
    if (outcome === 'voided') settled.delete(period);
    if (decision.skipReason === 'already_settled' && before === undefined) {
      violations.push(`${shopId} is skipped at ${decision.sequence} as settled, which it is not`);
    }
    if (outcome === null || !SETTLES.includes(outcome)) continue;
    if (before && bill !== null) {
      violations.push(`${shopId} is settled twice for ${startDate}: at ${before.sequence} and ${decision.sequence}`);
    }
    settled.set(period, decision);
  }
  return violations;
}

/** INV-2026-000001, INV-2026-000002, …: each once, none left out, in every series. */
function gaplessNumbers(live: readonly SeenDecision[]): string[] {
  const numbers = live.flatMap(({ events }) =>
    events.flatMap(({ message: { data } }) => {
      const { invoiceNumber, creditNoteNumber, invoiceId, creditNoteId } = data as unknown as Record<string, string>;
      if (creditNoteId !== undefined) return [creditNoteNumber!];
      return invoiceId !== undefined && 'dueAt' in data ? [invoiceNumber!] : [];
    }),
  );
  const bySeries = grouped(numbers, (number) => number.slice(0, number.lastIndexOf('-')));
  return [...bySeries].flatMap(([series, ofSeries]) => {
    const ordinals = ofSeries.map((number) => Number(number.slice(series.length + 1))).sort((a, b) => a - b);
    const isGapless = ordinals.every((ordinal, index) => ordinal === index + 1);
    return isGapless ? [] : [`the numbers of ${series} are ${ordinals.join(', ')}`];
  });
}

function dryRunsApart(observed: Observed): string[] {
  const misplaced = (topic: 'events' | 'dry-run-events', dryRun: boolean) =>
    observed
      .of(topic)
      .filter(({ message: { data } }) => (data as { dryRun: boolean }).dryRun === dryRun)
      .map(({ message: { type }, id }) => `${type} ${id} ${dryRun ? 'of a dry run' : 'of a live run'} is on ${topic}`);
  return [...misplaced('events', true), ...misplaced('dry-run-events', false)];
}

function completionsInOrder(observed: Observed): string[] {
  const completions = observed
    .of('run-events')
    .flatMap(({ message }) => (message.type === 'BillingRunCompleted' ? [message.data] : []));
  return [...grouped(completions, ({ runId }) => runId)].flatMap(([runId, ofRun]) => {
    const revisions = ofRun.map(({ revision }) => revision).sort((a, b) => a - b);
    const isInOrder = revisions.every((revision, index) => revision === index + 1);
    return isInOrder ? [] : [`run ${runId} completed with revisions ${revisions.join(', ')}`];
  });
}
