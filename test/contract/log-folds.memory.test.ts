import { createMemoryLogFolds } from '../../src/adapters/memory-log-folds.ts';
import { logFoldsContract } from './log-folds-contract.ts';

logFoldsContract(async () => createMemoryLogFolds());
