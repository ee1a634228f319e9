/** Where a generation stands: running, or how it ended. */
export type GenerationState = 'running' | 'completed' | 'cancelled' | 'failed' | 'interrupted';
