const seconds = 60;

/** What was used in the last minute, counted by the second. */
export class MinuteWindow {
  readonly #counts = new Float64Array(seconds);
  /** The second that was last looked at. */
  #second = Number.NEGATIVE_INFINITY;
  #total = 0;

  /** Counts `amount` as used now; `now` in milliseconds. */
  add(amount: number, now: number): void {
    const index = this.#move(now);
    this.#counts[index] = (this.#counts[index] ?? 0) + amount;
    this.#total += amount;
  }

  /** How much of the last minute's use is counted. */
  total(now: number): number {
    this.#move(now);
    return this.#total;
  }

  /** Whole seconds until less than `limit` of it is left; 0: it is less already. */
  secondsUntilBelow(limit: number, now: number): number {
    const index = this.#move(now);
    let left = this.#total;
    for (let passed = 1; passed <= seconds; passed += 1) {
      if (left < limit) return passed - 1;
      left -= this.#counts[(index + passed) % seconds] ?? 0;
    }
    return seconds;
  }

  /** Forgets what is older than a minute, and returns the place of the second that `now` is in. */
  #move(now: number): number {
    const second = Math.floor(now / 1000);
    const passed = Math.min(second - this.#second, seconds);
    for (let step = 0; step < passed; step += 1) {
      const index = (((second - step) % seconds) + seconds) % seconds;
      this.#total -= this.#counts[index] ?? 0;
      this.#counts[index] = 0;
    }
    if (passed > 0) this.#second = second;
    return ((this.#second % seconds) + seconds) % seconds;
  }
}
