import { createMemoryRegister } from '../../src/adapters/memory-register.ts';
import { registerContract } from './register-contract.ts';

registerContract(async () => createMemoryRegister());
