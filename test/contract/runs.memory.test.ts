import { createMemoryPublicationMarks } from '../../src/adapters/memory-publication-marks.ts';
import { createMemoryRuns } from '../../src/adapters/memory-runs.ts';
import { publicationMarksContract } from './publication-marks-contract.ts';
import { runsContract } from './runs-contract.ts';

runsContract(async () => createMemoryRuns());
publicationMarksContract(async () => createMemoryPublicationMarks());
