/** A bug put in from outside, so that the simulator can show that it would find it. */
import type { MemoryBroker } from '../../src/adapters/memory-broker.ts';
import type { ConsumerRole, RoleDependencies } from '../../src/roles.ts';
import type { Servers } from './servers.ts';
import type { SimulatedProcess } from './simulated-process.ts';

export interface PlantedBug {
  readonly name: string;
  /** What a role of a process is given instead of the real thing. */
  readonly dependencies?: (
    role: ConsumerRole,
    dependencies: RoleDependencies,
    world: { readonly process: SimulatedProcess; readonly servers: Servers },
  ) => RoleDependencies;
  /** The broker as a process sees it. */
  readonly broker?: (connection: MemoryBroker, servers: Servers) => MemoryBroker;
}
