import { createMemoryLedger } from '../../src/adapters/memory-ledger.ts';
import { createMemoryProjectionStore } from '../../src/adapters/memory-projection-store.ts';
import { createMemoryReadModels } from '../../src/adapters/memory-read-models.ts';
import { readModelsContract } from './read-models-contract.ts';
import { readModelsProperties } from './read-models-properties.ts';
import { readModelsStatus } from './read-models-status.ts';

async function createEmpty() {
  const [store, ledger] = [createMemoryProjectionStore(), createMemoryLedger()];
  return { store, ledger, readModels: createMemoryReadModels({ store, ledger }) };
}

readModelsContract(createEmpty);
readModelsStatus(createEmpty);
readModelsProperties(createEmpty);
