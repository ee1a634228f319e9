/** Starts that are under way. Those of one name come one after the other. */
export class Starts {
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #lastOf = new Map<string, Promise<unknown>>();

  /** Begins at once, or when what has begun under the same name is done, however it went. */
  begin<Started>(name: string | undefined, start: () => Promise<Started>): Promise<Started> {
    const before = name === undefined ? undefined : this.#lastOf.get(name);
    const starting = before === undefined ? start() : before.then(start, start);
    this.#underWay.add(starting);
    if (name !== undefined) this.#lastOf.set(name, starting);
    const done = () => {
      this.#underWay.delete(starting);
      if (name !== undefined && this.#lastOf.get(name) === starting) this.#lastOf.delete(name);
    };
    starting.then(done, done);
    return starting;
  }

  /** Resolves when those that are under way now are done. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }
}
