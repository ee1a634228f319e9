import { MemoryStreamLog } from './memory.ts';
import { describeStreamLog } from './stream-log.behaviour.ts';

describeStreamLog('memory', (settings) => new MemoryStreamLog(settings));
