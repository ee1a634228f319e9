/** What of a large body may stand beside its long strings: that much is read on the event loop. */
export const maxSkeleton = 1024 * 1024;
