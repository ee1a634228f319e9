import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Bedrock, type BedrockOptions, createBedrock } from '@streambed/bedrock';
import { StreambedError } from '@streambed/protocol';
import { Allowance } from './access/allowance.ts';
import { estimateTokens } from './access/estimate-tokens.ts';
import { addKeyRoutes } from './access/key-routes.ts';
import { openAccess } from './access/open-access.ts';
import type { PresenceTimes } from './access/presence.ts';
import { addSessionRoutes } from './access/session-routes.ts';
import { addTokenRoutes } from './access/token-routes.ts';
import { Bodies } from './bodies/bodies.ts';
import { type Config, ConfigError } from './config.ts';
import type { ConversationLimits } from './conversations/limits.ts';
import { openConversations } from './conversations/open-conversations.ts';
import { openDataDir } from './data-dir.ts';
import { openDatabase } from './database/database.ts';
import { Admission } from './generation/admission.ts';
import { GenerationFeed } from './generation/feed.ts';
import type { Owner } from './generation/owner.ts';
import { GenerationRegistry } from './generation/registry.ts';
import { type AppOptions, createApp, withoutBasePath } from './http/app.ts';
import { Guard } from './http/guard.ts';
import { addHealth } from './http/health.ts';
import { Http2Side } from './http/http2-side.ts';
import { addModels } from './http/models.ts';
import { addProbe } from './http/probe.ts';
import { addStatic } from './http/static.ts';
import { cannotListen, urlHost } from './listen-address.ts';
import { createLog } from './log.ts';
import { logDisk, logEnd, logFault, logKeys, logMoved, logUpstream } from './log-lines.ts';
import { addMetrics } from './metrics/add-metrics.ts';
import { Metrics } from './metrics/metrics.ts';
import { ModelLabels } from './metrics/model-labels.ts';
import { addOpenApi } from './openapi/add-openapi.ts';
import { Presets } from './presets/presets.ts';
import { type ConnectionLimits, defaultConnectionLimits } from './socket/connection.ts';
import { Sockets } from './socket/upgrade.ts';
import { type LogTuning, openStreamLog } from './stream-log/open-stream-log.ts';
import { addCompatibleSurfaces } from './surfaces/compatible.ts';
import { SurfaceKit } from './surfaces/kit/surface-kit.ts';
import { UnderWay } from './surfaces/kit/under-way.ts';
import { ResponseRows } from './surfaces/openai/responses/response-rows.ts';
import { defaultResponseStoreLimits, ResponseStore } from './surfaces/openai/responses/response-store.ts';
import { socketRoutes } from './surfaces/socket-routes.ts';
import { addChanges } from './surfaces/streambed/changes.ts';
import { addConversations } from './surfaces/streambed/conversations.ts';
import { GenerationRoutes } from './surfaces/streambed/generations.ts';
import { addPresets } from './surfaces/streambed/presets.ts';
import { openUpstream } from './upstream.ts';
import { recentUse } from './usage/recent-use.ts';
import { UsageLedger, type UsageLimits } from './usage/usage-ledger.ts';
import { addUsage } from './usage/usage-routes.ts';
import { usageTroubles } from './usage/usage-troubles.ts';

/** A server that serves. `stop` lets running answers end, within the drain deadline, and then ends everything. */
export interface RunningServer extends AsyncDisposable {
  /** Where people open it: `http://127.0.0.1:8080`, with the base path. */
  readonly url: string;
  readonly port: number;
  readonly upstream: {
    readonly kind: 'bedrock' | 'emulator';
    readonly region: string;
    readonly says: string;
  };
  /** Where data is kept, in words. */
  readonly data: string;
  /** Who may ask, in words. */
  readonly access: string;
  /** What is held just now. */
  load(): ServerLoad;
  stop(): Promise<void>;
}

/** What a server holds for its callers: all of it is 0 again when nobody asks anything. */
export interface ServerLoad {
  /** Places of running generations, and generations that wait for one. */
  readonly generations: number;
  readonly waiting: number;
  /** Requests to the upstream. */
  readonly upstream: number;
  /** Open WebSockets. */
  readonly sockets: number;
}

/** Bounds and times that no configuration names; tests make them small. */
export interface Tuning extends LogTuning {
  readonly conversations?: Partial<ConversationLimits>;
  readonly usage?: Partial<UsageLimits>;
  readonly connection?: Partial<ConnectionLimits>;
  /** How long `on_disconnect: cancel` waits for a reader. */
  readonly abandonMs?: number;
  readonly presence?: PresenceTimes;
  /** Told of every route that there is. */
  readonly onRoute?: AppOptions['onRoute'];
  /** How the upstream is tried again, and when it is left alone. */
  readonly bedrock?: Pick<BedrockOptions, 'retry' | 'breaker' | 'random'>;
  /** While there are no keys: who asks, by the headers of the request. */
  readonly identify?: (headers: IncomingHttpHeaders) => Owner;
}

/** While there are no keys, everyone is the same owner. */
const everyone: Owner = { project: 'default', user: 'local' };

/** What a client may wait before it comes back to a server that leaves. */
const reconnectAfterMs = 1_000;

/** Rates count what was used in the last minute. */
const minuteMs = 60_000;

/** How often what has ended is looked through. */
const sweepMs = 30_000;

/** However short the drain: how long the last events may take to reach their readers. */
const lastWordsMs = 2_000;

/** Builds everything, top to bottom, and listens. Throws ConfigError for what the configuration got wrong. */
export async function startServer(config: Config, tuning: Tuning = {}): Promise<RunningServer> {
  const log = createLog(config.log.level);
  const hop = randomBytes(9).toString('base64url');

  // Ends what was begun, last first, where a later step fails; and in the end when the server stops.
  await using begun = new AsyncDisposableStack();

  const metrics = begun.use(new Metrics());
  const dataDir = begun.use(openDataDir(config.data));
  const opened = await openUpstream(config.upstream, config.listen);
  begun.defer(() => opened.close());
  const bedrock = openBedrock({
    ...opened.options,
    ...tuning.bedrock,
    hop,
    maxConnections: config.generations.max,
    log: (event) => {
      if (event.type === 'retry') {
        metrics.retried(event.error);
        feed.activity.retried(event.generation, event.attempt + 1);
      }
      logUpstream(log, event);
    },
  });
  begun.defer(() => bedrock.close());
  metrics.know(new ModelLabels(bedrock, opened.region));
  const upstream = { kind: opened.kind, region: opened.region };

  const database = begun.use(
    await openDatabase({
      dir: dataDir.path,
      log,
      onMoved: (trouble) => {
        metrics.store('database', trouble);
        logMoved(log, trouble);
      },
    }),
  );
  const { access, store: keys } = begun.use(
    await openAccess({
      db: database.db,
      listen: config.listen,
      environmentKey: config.access.apiKey,
      everyone: tuning.identify ?? (() => everyone),
      onTrouble: (trouble) => logKeys(log, trouble),
    }),
  );
  const { ring } = access;
  const allowance = new Allowance({
    projects: config.access.projects,
    modelsBehind: (name) => bedrock.modelsBehind(name),
  });
  const kept = await openConversations({
    database,
    bedrock,
    dir: dataDir.path,
    maxBytes: config.data.maxBytes / 4,
    limits: tuning.conversations,
  });
  const { conversations } = kept;
  const presets = new Presets(database.db);
  const usage = begun.use(
    await UsageLedger.open({
      database,
      dir: dataDir.path,
      days: config.data.usageDays,
      troubles: usageTroubles(log, metrics),
      onRecord: (record) => metrics.ended(record),
      limits: tuning.usage,
      writeAt: tuning.writeAt,
    }),
  );
  const feed = new GenerationFeed((generation, options) => streamLog.read(generation, options));
  const { resumeSeconds } = config.generations;
  const responses = new ResponseStore({
    // What still runs is looked after at every sweep: none is forgotten before the log's own time.
    limits: { ...defaultResponseStoreLimits, ms: resumeSeconds * 1000 + sweepMs },
    runs: (generation) => registry.fitted(generation) !== undefined,
    rows: new ResponseRows(database),
    onTrouble: (trouble) => logDisk(log, trouble),
  });
  const streamLog = await openStreamLog(dataDir, config, tuning, {
    isNeeded: (generation) => kept.isNeeded(generation),
    beforeEnds: usage.beforeEnds,
    onChange: (view) => {
      usage.tell(view);
      feed.tell(view);
      kept.tell(view);
      if (view.expired) responses.logForgot(view);
    },
    onDisk: (trouble) => {
      metrics.store('log', trouble);
      logDisk(log, trouble);
    },
  });
  begun.defer(() => streamLog.close());
  begun.use(kept);
  await usage.settle(streamLog);
  allowance.recall(await recentUse(database.db, Date.now() - minuteMs));
  await kept.begin(streamLog);
  const admission = new Admission({
    generations: config.generations.max,
    generationsPerCaller: config.generations.maxPerCaller,
    generationsPerSocket: config.generations.maxPerSocket,
    queue: config.generations.maxQueue,
    queuePerCaller: config.generations.maxQueuePerCaller,
    queueMs: config.generations.queueMs,
  });
  const registry = new GenerationRegistry({
    bedrock,
    log: streamLog,
    admission,
    histories: kept.histories,
    usage,
    gaps: metrics.interEvent,
    onRefused: (surface, thrown) => metrics.refused(surface, thrown),
    ...(tuning.abandonMs !== undefined && { abandonMs: tuning.abandonMs }),
    permit: ({ caller, request, bulk }) =>
      allowance.permit(caller, request.model, () => estimateTokens(request, bulk)),
    accountOf: (project) => allowance.accountOf(project),
    onEnd: (generation) => logEnd(log, generation),
  });

  // Also while nothing happens: what was said is not kept longer than promised.
  const sweep = setInterval(() => {
    streamLog.sweep();
    responses.sweep();
    kept.sweep().catch((thrown: Error) => logDisk(log, thrown));
    usage.sweep().catch((thrown: Error) => logDisk(log, thrown));
  }, sweepMs).unref();
  begun.defer(() => clearInterval(sweep));

  const bodies = begun.use(new Bodies());
  const guard = new Guard(config.listen, () => ring.keyed);
  const app = createApp({ listen: config.listen, guard, access, log, bodies, hop, onRoute: tuning.onRoute });
  addMetrics(app, metrics, () => ({
    running: admission.running,
    queued: admission.waiting,
    upstreamOpen: bedrock.open,
    sockets: sockets.size,
    readers: streamLog.readers,
    logMemory: streamLog.size,
    logDisk: streamLog.bytesOnDisk ?? 0,
    usageWaiting: usage.waiting,
    usageJournal: usage.journalBytes,
    targets: bedrock.targets(),
  }));
  addHealth(app, () => ({ draining: admission.draining, failing: metrics.failing }));
  addModels(app, { bedrock, allowance, upstream });
  addProbe(app);
  addOpenApi(app);
  const { mergeDeltas } = config.generations;
  const connectionLimits = { ...defaultConnectionLimits, ...tuning.connection, mergeDeltas };
  const answers = new UnderWay();
  const { statusHoldMs } = config.generations;
  const answering = { registry, allowance, statusHoldMs, sse: connectionLimits, underWay: answers, usage };
  new GenerationRoutes(app, { ...answering, conversations });
  addConversations(app, { conversations });
  addPresets(app, presets);
  const leaving = new AbortController();
  addChanges(app, { ...answering, access, feed, conversations, presets, stopping: leaving.signal });
  addKeyRoutes(app, keys, ring);
  addTokenRoutes(app, ring);
  addUsage(app, { database, usage });
  addSessionRoutes(app, {
    access,
    store: keys,
    basePath: config.listen.basePath,
    isSecure: config.listen.publicUrl?.startsWith('https:') ?? false,
  });
  addCompatibleSurfaces(app, {
    bodies,
    kit: new SurfaceKit(answering),
    bedrock,
    responses,
    underWay: answers,
  });
  await addStatic(app, config.web.dir);

  const sockets = new Sockets(app.server, {
    routes: socketRoutes({
      access,
      ...(tuning.presence !== undefined && { times: tuning.presence }),
      registry,
      feed,
      conversations,
      presets,
      upstream,
      resumeSeconds,
      onThrown: (thrown, socket) => logFault(log, thrown, { request: socket }),
    }),
    guard,
    access,
    locate: (url) => withoutBasePath(url, config.listen.basePath),
    maxConnections: config.listen.maxConnections,
    maxConnectionsPerCaller: config.listen.maxConnectionsPerCaller,
    limits: connectionLimits,
    isDraining: () => admission.draining,
  });
  const http2 = new Http2Side(app.server);
  // Plain requests beside the sockets are short; more connections than this are closed as they come.
  app.server.maxConnections = config.listen.maxConnections + 256;

  try {
    await app.listen({ host: config.listen.host, port: config.listen.port });
  } catch (error) {
    throw cannotListen(error, config);
  }
  // Whoever comes first shouldn't wait for it, and whoever starts it neither.
  void bedrock.warm();
  const owned = begun.move();
  const { port } = app.server.address() as AddressInfo;

  const stop = async () => {
    const { drainMs } = config.generations;
    const startedAt = performance.now();
    // Whoever comes now is still told that it leaves, and when to try again: the door stays open until all is done.
    admission.drain();
    http2.leave();
    sockets.announceLeaving(reconnectAfterMs);
    await registry.drain(drainMs);
    app.server.close();
    http2.leave();
    leaving.abort();
    // What has ended must still reach readers that are slow, within what is left.
    const lastMs = Math.max(drainMs - (performance.now() - startedAt), lastWordsMs);
    await Promise.all([
      sockets.leave(lastMs),
      within(lastMs, answers.settled()),
      within(lastMs, http2.settled()),
    ]);
    app.server.closeAllConnections();
    http2.destroy();
    await app.close();
    await owned.disposeAsync();
  };
  let stopping: Promise<void> | undefined;
  const stopOnce = () => (stopping ??= stop());
  return {
    url: `http://${urlHost(config.listen.host)}:${port}${config.listen.basePath}`,
    port,
    upstream: { ...upstream, says: opened.says },
    data:
      dataDir.standsInFor === undefined
        ? `${dataDir.path}: an answer is kept ${resumeSeconds} s after its end`
        : `nothing outlives this process: ${dataDir.standsInFor}. Choose a folder with --data-dir`,
    load: () => ({
      generations: admission.running,
      waiting: admission.waiting,
      upstream: bedrock.open,
      sockets: sockets.size,
    }),
    access: ring.keyed
      ? 'every request needs a key'
      : config.listen.insecure
        ? 'INSECURE: whoever reaches this port can use it, for there are no keys'
        : 'none: only this machine is served. `streambed keys create` makes the first',
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  };
}

/** Waits for `work`, but not longer than `ms`. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** What the client finds wrong with its options came from our configuration. */
function openBedrock(options: BedrockOptions): Bedrock {
  try {
    return createBedrock(options);
  } catch (thrown) {
    throw thrown instanceof StreambedError ? new ConfigError(thrown.message) : thrown;
  }
}
