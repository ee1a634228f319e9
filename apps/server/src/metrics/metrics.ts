import type { TargetState } from '@streambed/bedrock';
import { StreambedError } from '@streambed/protocol';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SurfaceName } from '../access/caller.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import { tokenKinds } from '../usage/usage-sums.ts';
import { type MetricKey, metricDefinitions } from './definitions.ts';
import { LoopStalls } from './loop-stalls.ts';
import { type ModelLabels, otherModel } from './model-labels.ts';
import { TimeHistogram } from './time-histogram.ts';

/** What is so now; read when somebody asks. */
export interface Readings {
  readonly running: number;
  readonly queued: number;
  readonly upstreamOpen: number;
  readonly sockets: number;
  readonly readers: number;
  readonly logMemory: number;
  readonly logDisk: number;
  readonly usageWaiting: number;
  readonly usageJournal: number;
  readonly targets: readonly TargetState[];
}

/** What is written somewhere, as `streambed_store_failing` calls it. */
export type StoreName = 'database' | 'log' | 'usage_journal' | 'usage_database';

const breakerValues = { closed: 0, half_open: 1, open: 2 } as const;

/** Counts what happens, for Prometheus. Names and numbers only: nothing that was said, no key, no owner. */
export class Metrics implements Disposable {
  /** Between two readings of events from a model, in seconds. */
  readonly interEvent = new TimeHistogram(metricDefinitions.interEvent);
  readonly #registry = new Registry();
  readonly #stalls = new LoopStalls();
  readonly #counters = new Map<MetricKey, Counter>();
  readonly #gauges = new Map<MetricKey, Gauge>();
  readonly #firstEvent: Histogram;
  readonly #duration: Histogram;
  readonly #failing = new Set<StoreName>();
  #labels: Pick<ModelLabels, 'of'> = { of: () => otherModel };
  /** Of counts that somebody else keeps: how far they were told. */
  readonly #told = new Map<MetricKey, number>();

  constructor() {
    const registers = [this.#registry];
    for (const [key, { name, type, help, labels }] of Object.entries(metricDefinitions)) {
      const options = { name, help, labelNames: [...labels], registers };
      if (type === 'counter') this.#counters.set(key as MetricKey, new Counter(options));
      else if (type === 'gauge') this.#gauges.set(key as MetricKey, new Gauge(options));
    }
    const made = ({ name, help, labels, buckets }: (typeof metricDefinitions)['firstEvent']) =>
      new Histogram({ name, help, labelNames: [...labels], buckets: [...(buckets ?? [])], registers });
    this.#firstEvent = made(metricDefinitions.firstEvent);
    this.#duration = made(metricDefinitions.duration);
    this.#set('started', {}, Math.round(Date.now() / 1000 - process.uptime()));
  }

  /** From now on models are called by these names. */
  know(labels: Pick<ModelLabels, 'of'>): void {
    this.#labels = labels;
  }

  /** An HTTP request has its answer. */
  answered(surface: SurfaceName | undefined, status: number): void {
    this.#count('requests', { surface: surface ?? 'none', status: String(status) });
  }

  /** Something was asked that never became a generation. */
  refused(surface: SurfaceName | undefined, thrown: unknown): void {
    this.#count('refusals', { surface: surface ?? 'none', code: StreambedError.from(thrown).code });
  }

  /** An attempt failed and another is made. */
  retried(error: StreambedError): void {
    this.#count('retries', { code: error.code });
  }

  /** Something has ended: its row of the ledger says all there is to count. */
  ended(record: UsageRecord): void {
    const { state, kind, started_at, first_event_at, ended_at, cost_status, cost_units } = record;
    const model = this.#labels.of(record.model, record.target);
    if (kind === 'embedding') this.#count('embeddings', { state });
    else {
      this.#count('generations', { surface: record.surface ?? 'none', state });
      this.#duration.observe({ state }, Math.max(0, ended_at - started_at) / 1000);
    }
    if (record.error_code !== null) this.#count('errors', { code: record.error_code });
    if (first_event_at !== null) {
      this.#firstEvent.observe({ model }, Math.max(0, first_event_at - started_at) / 1000);
    }
    this.#count('attempts', {}, record.attempts ?? 0);
    for (const tokens of tokenKinds) {
      const count = record[`${tokens}_tokens`];
      if (count !== null && count > 0) this.#count('tokens', { model, kind: tokens }, count);
    }
    if (cost_status === 'unknown') this.#count('unknownCosts', { model });
    else this.#count('cost', { model, status: cost_status }, (cost_units ?? 0) / 1e8);
  }

  lost(rows: number): void {
    this.#count('usageLost', {}, rows);
  }

  /** Whether something can be written. */
  store(store: StoreName, trouble: Error | undefined): void {
    if (trouble === undefined) this.#failing.delete(store);
    else this.#failing.add(store);
    this.#set('storeFailing', { store }, trouble === undefined ? 0 : 1);
  }

  /** What can't be written. */
  get failing(): readonly StoreName[] {
    return [...this.#failing].sort();
  }

  /** Everything, in Prometheus's text format. */
  async text(readings: Readings): Promise<string> {
    const { targets, ...numbers } = readings;
    for (const [key, value] of Object.entries(numbers)) this.#set(key as keyof typeof numbers, {}, value);
    this.#setTargets(targets);
    this.#set('loopStall', {}, this.#stalls.takeLongest());
    const { rss, heapUsed, external } = process.memoryUsage();
    this.#set('memory', {}, rss);
    this.#set('heap', {}, heapUsed);
    this.#set('external', {}, external);
    this.#set('resources', {}, process.getActiveResourcesInfo().length);
    const { user, system } = process.cpuUsage();
    this.#countUpTo('cpu', (user + system) / 1e6);
    this.#countUpTo('longStalls', this.#stalls.long);
    return `${await this.#registry.metrics()}\n${this.interEvent}`;
  }

  [Symbol.dispose](): void {
    this.#stalls[Symbol.dispose]();
    this.#registry.clear();
  }

  /** Of targets that share a label, because nobody knows their names beforehand, the worst counts. */
  #setTargets(targets: readonly TargetState[]): void {
    this.#gauges.get('breakers')?.reset();
    const worst = new Map<string, { labels: { target: string; region: string }; value: number }>();
    for (const { target, region, state } of targets) {
      const labels = { target: this.#labels.of(target, target), region };
      const name = `${labels.target} ${region}`;
      const value = Math.max(breakerValues[state], worst.get(name)?.value ?? 0);
      worst.set(name, { labels, value });
    }
    for (const { labels, value } of worst.values()) this.#set('breakers', labels, value);
  }

  #count(key: MetricKey, labels: Readonly<Record<string, string>>, by = 1): void {
    this.#counters.get(key)?.inc(labels, by);
  }

  #countUpTo(key: MetricKey, total: number): void {
    this.#count(key, {}, Math.max(0, total - (this.#told.get(key) ?? 0)));
    this.#told.set(key, total);
  }

  #set(key: MetricKey, labels: Readonly<Record<string, string>>, value: number): void {
    this.#gauges.get(key)?.set(labels, value);
  }
}
