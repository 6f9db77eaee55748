import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inPieces } from './chunkings.ts';
import { reply, type SseOptions } from './fake-upstream/reply.ts';
import { step, type Script } from './fake-upstream/step.ts';
import { sseText } from './sse.ts';

/** What the index of the recordings says of one. */
export interface FixtureEntry {
  readonly file: string;
  readonly provider: string;
  readonly dialect: string;
  readonly case: string;
  readonly streaming: boolean;
  readonly framing: 'sse' | 'json' | 'json-lines' | 'aws-eventstream' | 'text';
  readonly status: number;
  readonly model?: string;
  readonly covers: readonly string[];
  readonly quirk?: string;
  readonly request?: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly file?: string;
  };
  readonly response_headers?: Readonly<Record<string, string>>;
  readonly fidelity: string;
  readonly authenticity: string;
}

/** A request as a client once sent it. */
export interface FixtureRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** An answer that a provider once gave. */
export interface Fixture {
  /** `openai/chat-text-stream`. */
  readonly name: string;
  readonly entry: FixtureEntry;
  /** The dialect by the gateway's name for it. */
  readonly dialect: string;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly streamed: boolean;
  /** The answer as it goes over the wire. Where the recording kept the events alone they are framed as their dialect frames them. */
  readonly bytes: Uint8Array;
  /** The bytes are those that came from the provider. */
  readonly exact: boolean;
  /** False for the few that somebody wrote by hand. */
  readonly recorded: boolean;
  /** False for an answer of status 200 that is an error, or was cut before its end. */
  readonly whole: boolean;
  readonly request: FixtureRequest | undefined;
}

/** Which recordings are wanted: each member that is there must fit. */
export interface FixtureFilter {
  readonly name?: string;
  readonly provider?: string | readonly string[];
  /** By the gateway's name or by the index's. */
  readonly dialect?: string;
  readonly streamed?: boolean;
  /** Whether the answer's status is below 400. */
  readonly ok?: boolean;
  readonly exact?: boolean;
  readonly recorded?: boolean;
  readonly whole?: boolean;
  readonly covers?: string;
}

/** The sentence to skip with where there are no recordings. */
export const noFixtures =
  'The recordings are not here: they are looked for in shared/fixtures beside the project, or where TAPGATE_FIXTURES says.';

/** The folder of the recordings: `TAPGATE_FIXTURES`, or `shared/fixtures` in a folder above the working directory. */
export function fixturesFolder(): string | undefined {
  const given = process.env['TAPGATE_FIXTURES'];
  if (given !== undefined) return existsSync(join(given, 'index.json')) ? given : undefined;
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const there = join(folder, 'shared', 'fixtures');
    if (existsSync(join(there, 'index.json'))) return there;
    if (folder === dirname(folder)) return undefined;
  }
}

const houseNames: Readonly<Record<string, string>> = {
  'gemini-generate': 'google-generate',
  'gemini-generate-vertex': 'google-generate',
};

/** The recordings that fit, in the order of the index; none where the recordings are not here. */
export function fixtures(filter: FixtureFilter = {}): readonly Fixture[] {
  const folder = fixturesFolder();
  if (folder === undefined) return [];
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { fixtures: readonly FixtureEntry[] };
  const found = index.fixtures.filter((entry) => fits(entry, filter)).map((entry) => fixtureOf(folder, entry));
  return filter.whole === undefined ? found : found.filter(({ whole }) => whole === filter.whole);
}

/** The recording of that name; skips the test, and gives nothing, where the recordings are not here. */
export function fixtureOrSkip(context: { skip(reason?: string): void }, name: string): Fixture | undefined {
  if (fixturesFolder() === undefined) {
    context.skip(noFixtures);
    return undefined;
  }
  const [found] = fixtures({ name });
  if (!found) throw new Error(`There is no recording named "${name}".`);
  return found;
}

/** The script that gives a recorded answer again, an event a write unless the options say otherwise. */
export function replay(fixture: Fixture, options: SseOptions = {}): Script {
  const headers = { 'content-type': contentTypeOf(fixture.entry), ...Object.fromEntries(fixture.headers) };
  const { status, bytes, entry } = fixture;
  if (entry.framing === 'sse' || entry.framing === 'json-lines') {
    const paced = options.paceMs === undefined && options.chunkSize === undefined && !options.chunks;
    return reply.sse(bytes, { ...(paced ? { paceMs: 0 } : {}), ...options, status, headers });
  }
  const chunks = options.chunks ?? (options.chunkSize === undefined ? [bytes] : inPieces(bytes, options.chunkSize));
  return [step.head(status, headers), ...chunks.map((chunk) => step.write(chunk))];
}

function contentTypeOf({ framing }: FixtureEntry): string {
  if (framing === 'sse' || framing === 'json-lines') return 'text/event-stream';
  if (framing === 'aws-eventstream') return 'application/vnd.amazon.eventstream';
  return framing === 'text' ? 'text/plain' : 'application/json';
}

const nameOf = (entry: FixtureEntry): string => `${entry.provider}/${entry.case}`;
const isExact = (entry: FixtureEntry): boolean => entry.fidelity.startsWith('exact');
const isRecorded = (entry: FixtureEntry): boolean => entry.authenticity === 'recorded';
const houseName = ({ dialect }: FixtureEntry): string => houseNames[dialect] ?? dialect;

function fits(entry: FixtureEntry, filter: FixtureFilter): boolean {
  const { name, provider, dialect, streamed, ok, exact, recorded, covers } = filter;
  return (
    (name === undefined || nameOf(entry) === name) &&
    (provider === undefined || [provider].flat().includes(entry.provider)) &&
    (dialect === undefined || [entry.dialect, houseName(entry)].includes(dialect)) &&
    (streamed === undefined || entry.streaming === streamed) &&
    (ok === undefined || entry.status < 400 === ok) &&
    (exact === undefined || isExact(entry) === exact) &&
    (recorded === undefined || isRecorded(entry) === recorded) &&
    (covers === undefined || entry.covers.includes(covers))
  );
}

function fixtureOf(folder: string, entry: FixtureEntry): Fixture {
  const stored = readFileSync(join(folder, entry.file));
  const { request } = entry;
  return {
    name: nameOf(entry),
    entry,
    dialect: houseName(entry),
    status: entry.status,
    headers: new Map(Object.entries(entry.response_headers ?? {})),
    streamed: entry.streaming,
    bytes: entry.framing === 'json-lines' ? framed(stored.toString('utf8'), entry.dialect) : stored,
    exact: isExact(entry),
    recorded: isRecorded(entry),
    whole: isWhole(entry, stored),
    request: request?.file === undefined ? undefined : requestOf(request, readFileSync(join(folder, request.file))),
  };
}

const broken = ['error', 'truncated', 'empty-stream', 'keep-alive'];

function isWhole({ covers, dialect, streaming }: FixtureEntry, stored: Buffer): boolean {
  if (covers.some((word) => broken.includes(word))) return false;
  return dialect !== 'openai-chat' || !streaming || /"finish_reason":\s*"\w/.test(stored.toString('latin1'));
}

function requestOf(request: NonNullable<FixtureEntry['request']>, body: Uint8Array): FixtureRequest {
  const { method, path, headers } = request;
  return { method, path, headers: new Map(Object.entries(headers)), body };
}

/** Events as their dialect frames them: the recorder kept one a line and no framing. */
function framed(lines: string, dialect: string): Uint8Array {
  const events = lines.split('\n').filter((line) => line.trim() !== '');
  if (dialect.startsWith('gemini')) return Buffer.from(sseText(events, '\r\n'));
  if (dialect !== 'openai-chat') {
    return Buffer.from(sseText(events.map((data) => ({ event: (JSON.parse(data) as { type: string }).type, data }))));
  }
  const finished = events.some((line) => /"finish_reason":\s*"/.test(line));
  return Buffer.from(sseText(finished ? [...events, '[DONE]'] : events));
}
