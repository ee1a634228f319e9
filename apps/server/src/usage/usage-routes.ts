import { StreambedError } from '@streambed/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, callerOf } from '../access/caller.ts';
import type { OpenDatabase } from '../database/database.ts';
import { nameOfOwner } from '../generation/owner.ts';
import { goneSignal } from '../http/gone.ts';
import type { JobAsker } from '../threads/job-thread.ts';
import { recordsToCsv, sumsToCsv } from './usage-csv.ts';
import type { UsageFilter } from './usage-filter.ts';
import type { UsageLedger } from './usage-ledger.ts';
import { itemOf, type RecordCursor } from './usage-listing.ts';
import { readFilter, readGroup } from './usage-query.ts';

const path = '/streambed/v1/usage';
const fresh = { 'cache-control': 'no-store', vary: 'accept' } as const;
const maxPage = 1_000;

export interface UsageRoutesOptions {
  readonly database: Pick<OpenDatabase, 'reader'>;
  readonly usage: Pick<UsageLedger, 'flushed'>;
}

/**
 * What was used: `GET /streambed/v1/usage` sums it, `…/usage/records` lists it. JSON, or CSV for who accepts only that.
 * Admins see everybody's, others their own. Everything that a client was told of is in the answer.
 */
export function addUsage(app: FastifyInstance, { database, usage }: UsageRoutesOptions): void {
  app.get(path, async (request, reply) => {
    const asked = queryOf(request);
    const filter = filterFor(request, asked);
    const group = readGroup(asked.group);
    const { limit, after } = pageOf(asked);
    await usage.flushed();
    const place = after === undefined ? {} : { after: readNames(after, group.length) };
    const { items, total, last } = await database.reader.value(
      'usageSums',
      { filter, group, limit, ...place },
      askerOf(request, reply),
    );
    const next = last === undefined ? undefined : cursor(last);
    if (wantsCsv(request)) return sendCsv(reply, sumsToCsv(items, group), next);
    return reply.headers(fresh).send({
      from: isoOf(filter.from),
      to: isoOf(filter.to),
      group,
      items,
      total,
      ...(next !== undefined && { next }),
    });
  });

  app.get(`${path}/records`, async (request, reply) => {
    const asked = queryOf(request);
    const filter = filterFor(request, asked);
    const { limit, after } = pageOf(asked);
    await usage.flushed();
    const place = after === undefined ? {} : { after: readPlace(after) };
    const { records, more } = await database.reader.value(
      'usageRecords',
      { filter, limit, ...place },
      askerOf(request, reply),
    );
    const last = records.at(-1);
    const next = more && last !== undefined ? cursor([last.ended_at, last.generation]) : undefined;
    const items = records.map(itemOf);
    if (wantsCsv(request)) return sendCsv(reply, recordsToCsv(items), next);
    return reply.headers(fresh).send({
      from: isoOf(filter.from),
      to: isoOf(filter.to),
      records: items,
      ...(next !== undefined && { next }),
    });
  });
}

/** Who asks for somebody else's gets what there is of it among their own: nothing. */
function filterFor(request: FastifyRequest, asked: ReturnType<typeof queryOf>): UsageFilter {
  const filter = readFilter(asked);
  const caller: Caller = callerOf(request);
  if (caller.admin) return filter;
  const { project, user } = caller.owner;
  const foreign =
    (filter.project ?? project) !== project || (filter.user ?? user) !== user ? { to: filter.from } : {};
  return { ...filter, project, user, ...foreign };
}

/** Who waits for a look-up. */
function askerOf(request: FastifyRequest, reply: FastifyReply): JobAsker {
  return { asker: nameOfOwner(callerOf(request).owner), signal: goneSignal(reply) };
}

function queryOf(request: FastifyRequest): Readonly<Record<string, string | undefined>> {
  const given = Object.entries(request.query as object).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(given);
}

function pageOf({ limit, after }: ReturnType<typeof queryOf>): { limit: number; after: string | undefined } {
  if (limit === undefined) return { limit: 100, after };
  const number = /^\d{1,6}$/.test(limit) ? Number(limit) : 0;
  if (number >= 1 && number <= maxPage) return { limit: number, after };
  const message = `limit: expected a whole number from 1 to ${maxPage}`;
  throw new StreambedError('SB_BAD_REQUEST', message, { field: 'limit' });
}

function wantsCsv({ headers }: FastifyRequest): boolean {
  const { accept = '' } = headers;
  return accept.includes('text/csv') && !accept.includes('application/json');
}

function sendCsv(reply: FastifyReply, csv: string, next: string | undefined): FastifyReply {
  return reply
    .headers({ ...fresh, ...(next !== undefined && { 'x-streambed-next': next }) })
    .type('text/csv; charset=utf-8; header=present')
    .send(csv);
}

function cursor(place: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function readNames(after: string, count: number): readonly (string | null)[] {
  const names = readCursor(after);
  const fine = names.length === count && names.every((name) => name === null || typeof name === 'string');
  if (!fine) throw badCursor();
  return names as readonly (string | null)[];
}

function readPlace(after: string): RecordCursor {
  const [endedAt, generation] = readCursor(after);
  if (typeof endedAt !== 'number' || typeof generation !== 'string') throw badCursor();
  return { endedAt, generation };
}

function readCursor(after: string): readonly unknown[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(after, 'base64url').toString());
    if (Array.isArray(place)) return place;
  } catch {
    // As with one that holds something else.
  }
  throw badCursor();
}

function badCursor(): StreambedError {
  return new StreambedError('SB_BAD_REQUEST', 'after: expected the next of the page before', {
    field: 'after',
  });
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
