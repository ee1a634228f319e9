import { type AskedFault, type Fault, parseFault } from './faults.ts';
import type { ReceivedRequest } from './ledger.ts';
import { type Random, seededRandom } from './random.ts';

/** A fault for all requests that match, as the control API takes and shows it. */
export interface FaultRule {
  /** In the words of `/fault`. */
  readonly fault: string;
  readonly match?: { readonly modelId?: string; readonly operation?: string };
  readonly times?: number;
  readonly probability?: number;
  /** For `probability`: the same seed strikes the same requests. */
  readonly seed?: string;
}

interface Armed {
  readonly id: string;
  readonly rule: FaultRule;
  readonly asked: AskedFault;
  readonly random: Random;
  struck: number;
}

const mostRules = 1000;

/** Faults that were armed at run time. The first rule that matches a request and strikes decides. */
export class FaultRules {
  readonly #seed: string;
  #rules: Armed[] = [];
  #made = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Arms a rule. Returns its id, or a text that says what is wrong with it. */
  add(rule: FaultRule): { readonly id: string } | string {
    const parsed = parseFault(rule.fault);
    if (typeof parsed === 'string') return parsed;
    if (this.#rules.length >= mostRules) return `There are ${mostRules} rules already. Delete some first.`;
    const { modelId: model, operation } = rule.match ?? {};
    const given = { model, operation, times: rule.times, probability: rule.probability };
    const asked = {
      ...parsed,
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    };
    this.#made += 1;
    const id = `fault-${this.#made}`;
    const random = seededRandom(rule.seed ?? this.#seed, rule.seed === undefined ? id : 'rule');
    this.#rules.push({ id, rule, asked, random, struck: 0 });
    return { id };
  }

  /** Disarms one, or all. False: there was none of this id. */
  remove(id?: string): boolean {
    const before = this.#rules.length;
    this.#rules = id === undefined ? [] : this.#rules.filter((one) => one.id !== id);
    return id === undefined || this.#rules.length < before;
  }

  list(): readonly (FaultRule & { readonly id: string; readonly struck: number })[] {
    return this.#rules.map(({ id, rule, struck }) => ({ id, ...rule, struck }));
  }

  take(request: ReceivedRequest): Fault | undefined {
    for (const armed of this.#rules) {
      const { model, operation, times, probability, fault } = armed.asked;
      if (model !== undefined && !matches(model, request.modelId)) continue;
      if (operation !== undefined && operation !== request.operation) continue;
      if (times !== undefined && armed.struck >= times) continue;
      if (probability !== undefined && armed.random.next() >= probability) continue;
      armed.struck += 1;
      return fault;
    }
    return undefined;
  }
}

/** `*` stands for anything. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}
