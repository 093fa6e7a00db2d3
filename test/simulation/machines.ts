/**
 * The machines that run the product's roles, as src/roles.ts wires them. A machine outlives its processes: when one
 * dies another is started a while later, and its group memberships run out in between.
 */
import { createMemoryLog } from '../../src/adapters/memory-log.ts';
import { silentLogger } from '../../src/adapters/logger.ts';
import { uuidV5 } from '../../src/adapters/uuid.ts';
import type { RunningRoles } from '../../src/app.ts';
import type { PlanRunDependencies } from '../../src/consumers/plan-run.ts';
import { startRoles, type ConsumerRole, type RoleDependencies } from '../../src/roles.ts';
import { gatedCodec, gatedLog, gatedPort, gatedProjections, gatedRegister, gatedRuns } from './gated-ports.ts';
import type { GroupCoordinator } from './group-coordinator.ts';
import type { PlantedBug } from './planted-bug.ts';
import type { Owner } from './scheduler.ts';
import type { Servers } from './servers.ts';
import { createSimulatedProcess, type SimulatedProcess, type Weather } from './simulated-process.ts';

export interface Machine {
  readonly name: string;
  readonly roles: readonly ConsumerRole[];
  process: SimulatedProcess | null;
  readonly running: Map<ConsumerRole, Promise<RunningRoles>>;
  /** False: nobody starts a process on it. */
  isWanted: boolean;
}

export interface Machines {
  readonly all: readonly Machine[];
  /** Starts a process, unless there is one. */
  start(machine: Machine): void;
  /** Ends its process in good order, or hard when that takes too long. */
  stop(machine: Machine): Promise<void>;
  /** Ends one role everywhere; nobody starts it until it is released. */
  stopRole(role: ConsumerRole): Promise<void>;
  releaseRole(role: ConsumerRole): void;
  crash(machine: Machine): void;
  /** Wakes whoever is frozen. */
  thawAll(): void;
}

const SESSION_MS = 6_000;
const STOP_WITHIN_MS = 10_000;

export function createMachines({
  layout,
  timeZone,
  servers,
  weather,
  coordinator,
  bug,
  onRoleFailed,
}: {
  timeZone: string;
  layout: readonly (readonly ConsumerRole[])[];
  servers: Servers;
  weather: Weather;
  coordinator: GroupCoordinator;
  bug: PlantedBug | null;
  onRoleFailed: (role: ConsumerRole, error: unknown) => void;
}): Machines {
  const { scheduler } = weather;
  const { random } = scheduler;
  const outside: Owner = { name: 'outside', state: 'running' };
  const stoppedRoles = new Set<ConsumerRole>();
  const frozen = new Map<SimulatedProcess, () => void>();
  const all = layout.map((roles, index): Machine => ({
    name: `m${index}`,
    roles,
    process: null,
    running: new Map(),
    isWanted: true,
  }));
  let processes = 0;

  function start(machine: Machine): void {
    if (machine.process !== null || !machine.isWanted) return;
    const process = createSimulatedProcess(`${machine.name}.${(processes += 1)}`, weather, {
      onCrash: () => onCrash(machine, process),
      onFreeze: () => freeze(process),
    });
    machine.process = process;
    const shift = random.chance(weather.rates().partitionsDiffer) ? random.whole(0, 2) : 0;
    const connect = coordinator.connect(process, shift);
    const broker = bug?.broker?.(connect) ?? connect;
    const log = createMemoryLog({
      clock: process.clock,
      marks: gatedPort(process, 'postgres', 'marks', servers.marks),
      broker,
      interrupt: (moment, place) =>
        process.turn(`${moment} ${place}`, 'broker', moment === 'committed' ? 'after' : 'before'),
    });
    const dependencies: RoleDependencies & Pick<PlanRunDependencies, 'requestsPerStep'> = {
      log: gatedLog(process, log, random.pick([1, 2, 5, 50])),
      codec: gatedCodec(process, servers.codec),
      ledger: gatedPort(process, 'postgres', 'ledger', servers.ledger),
      register: gatedRegister(process, servers.register),
      runs: gatedRuns(process, servers.runs),
      control: gatedPort(process, 'postgres', 'control', servers.control),
      openRuns: gatedPort(process, 'postgres', 'open runs', servers.openRuns),
      projections: gatedProjections(process, servers.projections),
      clock: process.clock,
      logger: silentLogger,
      timeZone,
      invoicePrefix: 'INV',
      retryDelaysMs: [200, 1_000, 5_000],
      stalledAfterMs: 300_000,
      // A run of a few shops in several steps, as one of many thousands would be.
      requestsPerStep: random.pick([1, 3, 2_000]),
      deterministicId: (name) => uuidV5(name),
    };
    const startRole = (role: ConsumerRole) => {
      const own = bug?.dependencies?.(role, dependencies) ?? dependencies;
      const starting = startRoles(own, [role]);
      machine.running.set(role, starting);
      void starting.then(({ failed }) => failed.catch((error: unknown) => onRoleFailed(role, error)));
    };
    starters.set(process, startRole);
    for (const role of machine.roles) if (!stoppedRoles.has(role)) startRole(role);
  }
  const starters = new WeakMap<SimulatedProcess, (role: ConsumerRole) => void>();

  function onCrash(machine: Machine, process: SimulatedProcess): void {
    machine.process = null;
    machine.running.clear();
    frozen.delete(process);
    scheduler.later(outside, `${process.name} is missed`, random.whole(0, SESSION_MS), () => {
      coordinator.expire(process);
      coordinator.disconnect(process);
    });
    scheduler.later(outside, `${machine.name} starts again`, random.whole(50, 3_000), () => start(machine));
  }

  function freeze(process: SimulatedProcess): void {
    if (process.state !== 'running') return;
    process.state = 'frozen';
    weather.count('freeze');
    const forMs = random.chance(0.5) ? random.whole(10, 500) : random.whole(500, 2 * SESSION_MS);
    const isMissed = forMs > SESSION_MS || random.chance(0.3);
    const expire = isMissed
      ? scheduler.later(outside, `${process.name} is missed`, Math.min(forMs, SESSION_MS), () =>
          coordinator.expire(process),
        )
      : () => {};
    const thaw = () => {
      if (!frozen.delete(process) || process.state !== 'frozen') return;
      expire();
      process.state = 'running';
      scheduler.later(outside, `${process.name} joins again`, random.whole(0, 500), () => {
        if (process.state !== 'dead') coordinator.rejoin(process);
      });
    };
    frozen.set(process, thaw);
    scheduler.later(outside, `${process.name} thaws`, forMs, thaw);
  }

  const stopOne = async (running: Promise<RunningRoles>): Promise<void> => (await running).stop();

  /** @param work in good order; the process dies when that takes too long */
  async function within(process: SimulatedProcess, work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const callOff = scheduler.later(outside, `${process.name} does not stop`, STOP_WITHIN_MS, () => {
      if (!isDone) process.crash();
    });
    await Promise.race([work.catch(() => {}), process.death.catch(() => {})]);
    isDone = true;
    callOff();
  }

  return {
    all,
    start,
    async stop(machine) {
      machine.isWanted = false;
      const { process } = machine;
      if (process === null) return;
      for (const role of machine.running.keys()) coordinator.leave(process, role);
      await within(process, Promise.all([...machine.running.values()].map(stopOne)));
      process.crash();
    },
    async stopRole(role) {
      stoppedRoles.add(role);
      await Promise.all(
        all.map(async ({ process, running }) => {
          if (process === null) return;
          const stopping = running.get(role);
          running.delete(role);
          coordinator.leave(process, role);
          if (stopping) await within(process, stopOne(stopping));
        }),
      );
    },
    releaseRole(role) {
      stoppedRoles.delete(role);
      for (const { process, roles, running } of all) {
        if (process !== null && process.state !== 'dead' && roles.includes(role) && !running.has(role)) {
          starters.get(process)!(role);
        }
      }
    },
    crash: ({ process }) => process?.crash(),
    thawAll() {
      for (const thaw of [...frozen.values()]) thaw();
    },
  };
}
