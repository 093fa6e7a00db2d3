import { createMemoryLedger } from '../../src/adapters/memory-ledger.ts';
import { ledgerContract } from './ledger-contract.ts';
import { ledgerFraudContract } from './ledger-fraud-contract.ts';
import { ledgerLateContract } from './ledger-late-contract.ts';
import { ledgerOrdersContract } from './ledger-orders-contract.ts';
import { ledgerProperties } from './ledger-properties.ts';

ledgerContract(async () => createMemoryLedger());
ledgerFraudContract(async () => createMemoryLedger());
ledgerLateContract(async () => createMemoryLedger());
ledgerOrdersContract(async () => createMemoryLedger());
ledgerProperties(async () => createMemoryLedger());
