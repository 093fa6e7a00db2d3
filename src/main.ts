/** The composition root: configuration → adapters → roles. Nothing is started before it is asked for. */
import { createAvroCodec } from './adapters/avro-codec.ts';
import { systemClock, type Clock } from './adapters/clock.ts';
import { createKafkaLog } from './adapters/kafka-log.ts';
import { silentLogger, type Logger } from './adapters/logger.ts';
import { isMovable } from './adapters/movable-clock.ts';
import { pendingMigrations } from './adapters/migrate.ts';
import { rememberCluster } from './adapters/postgres-cluster-identity.ts';
import { createPostgresLogFolds } from './adapters/postgres-log-folds.ts';
import { createPostgresLedger } from './adapters/postgres-ledger.ts';
import { createPostgresOpenRuns } from './adapters/postgres-open-runs.ts';
import { createPostgresProjectionStore } from './adapters/postgres-projection-store.ts';
import { createPostgresPublicationMarks } from './adapters/postgres-publication-marks.ts';
import { createPostgresReadModels } from './adapters/postgres-read-models.ts';
import { createPostgresRegister } from './adapters/postgres-register.ts';
import { createPostgresRunControl } from './adapters/postgres-run-control.ts';
import { createPostgresRuns } from './adapters/postgres-runs.ts';
import { createPool, query, type Pool } from './adapters/postgres.ts';
import { loadSchemaFiles } from './adapters/schema-files.ts';
import type { PublicationMarks } from './adapters/publication-marks.ts';
import { createSchemaRegistry } from './adapters/schema-registry.ts';
import { lookupSchemas } from './adapters/schemas-apply.ts';
import { randomUuid, uuidV5 } from './adapters/uuid.ts';
import type { App, ComponentHealth } from './app.ts';
import type { Config } from './config.ts';
import { explainBill } from './consumers/explain-bill.ts';
import { createLogFold } from './consumers/log-fold.ts';
import { replayPeriod } from './consumers/replay-period.ts';
import { lagging } from './consumers/wait-for-ingester.ts';
import { whatIf } from './consumers/what-if.ts';
import { BillingError } from './errors.ts';
import { createCancelRun } from './producers/cancel-run.ts';
import { createDiscardDeadLetters } from './producers/discard-dead-letters.ts';
import { createRedriveDeadLetters } from './producers/redrive-dead-letters.ts';
import { createDecideHold } from './producers/request-hold-decision.ts';
import { createCreditInvoice, createVoidInvoice } from './producers/request-invoice-change.ts';
import { createRequestBillingRun } from './producers/request-billing-run.ts';
import { createSetIssuing } from './producers/set-issuing.ts';
import { rebuildReadModels } from './projections/rebuild.ts';
import { FACT_TOPICS } from './topics.ts';
import { groupOf, isConsumerRole, startRoles, type RoleDependencies } from './roles.ts';
import { verifyPeriod } from './verification/verify-period.ts';

const HEALTH_WITHIN_MS = 2_000;

/**
 * Opens everything on configured servers and checks that they are set up. Close it when done.
 * @throws BillingError KAFKA_UNREACHABLE, POSTGRES_UNREACHABLE, REGISTRY_UNREACHABLE; SETUP_MISSING when tables or
 *   schemas are missing; CLUSTER_CHANGED when the database belongs to another Kafka cluster
 */
export async function openApp({
  config,
  logger,
  clock = systemClock,
}: {
  config: Config;
  logger: Logger;
  clock?: Clock;
}): Promise<App> {
  const { servers, topicPrefix, timeZone, invoicePrefix, retryDelaysMs } = config;
  if (servers === null) throw new BillingError('CONFIG_INVALID', 'No servers are configured.');
  const pool = createPool({ databaseUrl: servers.databaseUrl, applicationName: 'billing-scheduler', max: 16 });
  const plainMarks = createPostgresPublicationMarks({ pool });
  // Consumers ask the marks of the log fold, which itself reads the log.
  let marks: PublicationMarks = plainMarks;
  const { brokers, ssl, sasl } = servers.kafka;
  const log = createKafkaLog({
    brokers,
    ssl,
    sasl,
    topicPrefix,
    clientId: 'billing-scheduler',
    marks: { load: (...asked) => marks.load(...asked), advance: (...moved) => marks.advance(...moved) },
    logger,
    clock,
  });
  const registry = createSchemaRegistry(servers.registry);
  const schemas = loadSchemaFiles();
  const close = async () => {
    await log.close();
    await pool.end();
  };
  try {
    const [subjectIds] = await Promise.all([
      lookupSchemas({ registry, schemas, topicPrefix }),
      checkTables(pool).then(async () => rememberCluster(pool, await log.clusterId())),
    ]);
    const codec = createAvroCodec({ schemas, subjectIds, fetchForeign: (id) => registry.schemaById(id), topicPrefix });
    const ledger = createPostgresLedger({ pool });
    const runs = createPostgresRuns({ pool });
    const control = createPostgresRunControl({ pool });
    const openRuns = createPostgresOpenRuns({ pool });
    const readModels = createPostgresReadModels({ pool });
    const deterministicId = (name: string) => uuidV5(name);
    const register = createPostgresRegister({ pool });
    const logFold = createLogFold({
      log,
      codec,
      register,
      runs,
      control,
      folds: createPostgresLogFolds({ pool }),
      marks: plainMarks,
      clock,
      logger,
      groups: { biller: groupOf('biller'), planner: groupOf('planner') },
    });
    marks = logFold.marks;
    const roleDependencies: RoleDependencies = {
      log,
      codec,
      ledger,
      register: logFold.register,
      runs: logFold.runs,
      lastFoldStepAt: logFold.lastStepAt,
      control,
      openRuns,
      projections: createPostgresProjectionStore({ pool }),
      clock,
      logger,
      timeZone,
      invoicePrefix,
      retryDelaysMs,
      stalledAfterMs: config.runStalledAfterMs,
      deterministicId,
    };
    const asking = { log, codec, readModels, clock, randomId: randomUuid };
    return {
      config,
      clock,
      testClock: isMovable(clock) ? clock : null,
      logger,
      log,
      codec,
      ledger,
      runs,
      openRuns,
      readModels,
      requestBillingRun: createRequestBillingRun({
        log,
        codec,
        runs,
        clock,
        timeZone,
        deterministicId,
        randomId: randomUuid,
      }),
      redriveDeadLetters: createRedriveDeadLetters(asking),
      discardDeadLetters: createDiscardDeadLetters(asking),
      decideHold: createDecideHold(asking),
      voidInvoice: createVoidInvoice(asking),
      creditInvoice: createCreditInvoice(asking),
      cancelRun: createCancelRun({ log, codec, runs, control, readModels, clock, randomId: randomUuid }),
      setIssuing: createSetIssuing({ log, codec, control, clock, deterministicId }),
      issuing: () => control.issuing(),
      // The plain register: whoever only looks on does not fold. What differs is shown, not logged.
      explainBill: (key) => explainBill({ codec, ledger, register, runs, logger: silentLogger, deterministicId }, key),
      whatIf: (asked) => whatIf({ ledger, deterministicId }, asked),
      serversHealth: () =>
        Promise.all([
          probe('kafka', () => log.clusterId()),
          probe('postgres', () => query(pool, 'select 1')),
          probe('registry', () => registry.schemaById(subjectIds.values().next().value ?? 1)),
        ]),
      rolesWithoutProcess: async (roles) => {
        const alive = await Promise.all(
          roles.map(async (role) => !isConsumerRole(role) || (await log.hasMembers(groupOf(role)))),
        );
        return roles.filter((_, index) => !alive[index]);
      },
      startRoles: (roles) => startRoles(roleDependencies, roles.filter(isConsumerRole)),
      foldLog: () => logFold.ensure(),
      ledgerLag: async () => {
        const ends = await log.endOffsets(FACT_TOPICS);
        return lagging(ends, await ledger.positions()).reduce((sum, { behind }) => sum + Number(behind), 0);
      },
      rebuildReadModels: (options) =>
        rebuildReadModels({ ...roleDependencies, store: roleDependencies.projections }, options),
      // The plain register: whoever only looks on does not fold.
      replayPeriod: (periodStartDate, options) =>
        replayPeriod(
          { log, codec, ledger, register, runs, logger: silentLogger, deterministicId },
          periodStartDate,
          options,
        ),
      verifyPeriod: (periodStartDate, options) => verifyPeriod({ pool, log, codec, clock }, periodStartDate, options),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function checkTables(pool: Pool): Promise<void> {
  const pending = await pendingMigrations(pool);
  if (pending.length > 0) {
    throw new BillingError('SETUP_MISSING', `The database lacks ${pending.join(', ')}: run "billing migrate".`);
  }
}

/** What a server says when asked now; a server that does not answer in time is not healthy. */
async function probe(name: string, ask: () => Promise<unknown>): Promise<ComponentHealth> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${HEALTH_WITHIN_MS} ms`)), HEALTH_WITHIN_MS);
  try {
    await Promise.race([ask(), tooLate]);
    return { name, healthy: true, reason: null };
  } catch (error) {
    return { name, healthy: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
