/**
 * What Kafka's group coordinator adds to the memory broker: a process learns of a rebalance when its turn comes, so it
 * may go on with a partition that is another's already; one that died or froze is thrown out after a while.
 */
import type { OutRecord } from '../../src/adapters/log.ts';
import { rebalance, type MemoryBroker, type MemoryMember, type MemoryOwner } from '../../src/adapters/memory-broker.ts';
import { partitionOf } from '../../src/adapters/murmur2.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Scheduler } from './scheduler.ts';

type Places = Parameters<MemoryMember['assign']>[0];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface GroupCoordinator {
  /** The broker as this process sees it. @param shift of every key's partition: 0 is Kafka's default partitioner */
  connect(process: SimulatedProcess, shift: number): MemoryBroker;
  /** Throws a process out of its groups. */
  expire(process: SimulatedProcess): void;
  /** Lets one that was thrown out, and is not stopping, join again. */
  rejoin(process: SimulatedProcess): void;
  /** It stops reading as this group: nobody makes it join again. */
  leave(process: SimulatedProcess, group: string): void;
  /** Nothing more reaches it. */
  disconnect(process: SimulatedProcess): void;
  groups(): readonly string[];
}

export function createGroupCoordinator({
  broker,
  scheduler,
  count,
}: {
  broker: MemoryBroker;
  scheduler: Scheduler;
  count: (what: string) => void;
}): GroupCoordinator {
  const memberships = new Map<SimulatedProcess, { group: string; member: MemoryMember; hasLeft: boolean }[]>();
  const subscriptions = new Map<SimulatedProcess, (() => void)[]>();
  const groups = new Set<string>();

  function admit(process: SimulatedProcess, group: string, member: Mutable<MemoryMember>): void {
    groups.add(group);
    const known = memberships.get(process) ?? [];
    memberships.set(process, known);
    const before = known.find((one) => one.member === member);
    if (before) before.hasLeft = false;
    else {
      known.push({ group, member, hasLeft: false });
      deliverInTurn(process, group, member);
    }
    const members = broker.members(group);
    if (!members.includes(member)) members.push(member);
  }

  /** It leaves on its own account, and joins again on its own account. */
  function dismiss(process: SimulatedProcess, members: MemoryMember[], index: number): void {
    const [member] = members.splice(index, 1);
    for (const one of memberships.get(process) ?? []) if (one.member === member) one.hasLeft = true;
  }

  /** In order, but each only when its turn comes. */
  function deliverInTurn(process: SimulatedProcess, group: string, member: Mutable<MemoryMember>): void {
    const assign = member.assign.bind(member);
    const waiting: Places[] = [];
    member.assign = (places) => {
      waiting.push(places);
      const delayMs = scheduler.random.chance(0.4) ? scheduler.random.whole(1, 1_000) : 0;
      scheduler.later(process, `assigned ${group}`, delayMs, () => assign(waiting.shift()!));
    };
  }

  function place(records: readonly OutRecord[], shift: number): readonly OutRecord[] {
    if (shift === 0) return records;
    return records.map((record) => {
      const partitions = broker.partitions(record.topic);
      return { ...record, partition: record.partition ?? (partitionOf(record.key, partitions) + shift) % partitions };
    });
  }

  return {
    connect: (process, shift) => ({
      ...broker,
      append: (records) => broker.append(place(records, shift)),
      claim(group, topic, partition) {
        const owner = broker.claim(group, topic, partition);
        const commit = (...[records, committed]: Parameters<MemoryOwner['commit']>) => {
          try {
            owner.commit(place(records, shift), committed);
          } catch (error) {
            count('fenced');
            throw error;
          }
        };
        return { commit };
      },
      onAppend(listener) {
        const unsubscribe = broker.onAppend(listener);
        subscriptions.set(process, [...(subscriptions.get(process) ?? []), unsubscribe]);
        return unsubscribe;
      },
      members: (group) =>
        new Proxy(broker.members(group), {
          get(members, name): unknown {
            if (name === 'push') return (member: MemoryMember) => admit(process, group, member);
            if (name === 'splice') return (index: number) => dismiss(process, members, index);
            return Reflect.get(members, name);
          },
        }),
    }),
    expire(process) {
      for (const { group, member } of memberships.get(process) ?? []) {
        const members = broker.members(group);
        if (!members.includes(member)) continue;
        members.splice(members.indexOf(member), 1);
        member.assign([]);
        rebalance(broker, group);
      }
    },
    rejoin(process) {
      for (const { group, member, hasLeft } of memberships.get(process) ?? []) {
        if (hasLeft || broker.members(group).includes(member)) continue;
        broker.members(group).push(member);
        rebalance(broker, group);
      }
    },
    leave(process, group) {
      for (const one of memberships.get(process) ?? []) if (one.group === group) one.hasLeft = true;
    },
    disconnect(process) {
      subscriptions.get(process)?.forEach((unsubscribe) => unsubscribe());
      memberships.delete(process);
    },
    groups: () => [...groups],
  };
}
