import { createMemoryLedger } from '../../src/adapters/memory-ledger.ts';
import { ledgerContract } from './ledger-contract.ts';
import { ledgerProperties } from './ledger-properties.ts';

ledgerContract(async () => createMemoryLedger());
ledgerProperties(async () => createMemoryLedger());
