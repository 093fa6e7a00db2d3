import { inject } from 'vitest';
import '../support/provided.ts';
import { makeKafkaWorld } from '../adapters/kafka-world.ts';
import { logContract } from './log-contract.ts';

logContract('kafka', () => makeKafkaWorld(inject('kafka')));
