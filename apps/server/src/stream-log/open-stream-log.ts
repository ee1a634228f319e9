import type { Config } from '../config.ts';
import type { DataDir } from '../data-dir.ts';
import type { WriteAt } from './disk/disk-write.ts';
import { defaultDiskLimits, type SegmentLogOptions, SegmentStreamLog } from './disk/segments.ts';
import { MemoryStreamLog } from './memory.ts';
import { defaultKeep, defaultLogLimits, type KeepLimits, type LogLimits } from './memory-options.ts';
import type { StreamLog } from './stream-log.ts';

/** Bounds that no configuration names; tests make them small. */
export interface LogTuning {
  readonly log?: Partial<LogLimits>;
  readonly keep?: Partial<KeepLimits>;
  /** Writes to the disk; a test makes it fail. */
  readonly writeAt?: WriteAt;
}

/** The stream log of this server. Where nothing that is written lasts, answers are in memory only. */
export function openStreamLog(
  dataDir: DataDir,
  { generations, data }: Pick<Config, 'generations' | 'data'>,
  tuning: LogTuning,
  hooks: Pick<SegmentLogOptions, 'isNeeded' | 'beforeEnds' | 'onChange' | 'onDisk'>,
): Promise<StreamLog> | StreamLog {
  const limits = { ...defaultLogLimits, ...tuning.log };
  const keep = { ...defaultKeep, ms: generations.resumeSeconds * 1000, ...tuning.keep };
  if (dataDir.standsInFor !== undefined)
    return new MemoryStreamLog({ limits, keep, stores: false, ...hooks });
  return SegmentStreamLog.open({
    dir: dataDir.path,
    limits,
    keep,
    disk: {
      ...defaultDiskLimits,
      bytes: data.maxBytes,
      segmentMs: Math.min(defaultDiskLimits.segmentMs, keep.ms / 4),
    },
    ...(tuning.writeAt !== undefined && { writeAt: tuning.writeAt }),
    ...hooks,
  });
}
