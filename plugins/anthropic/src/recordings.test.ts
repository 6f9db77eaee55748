import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** One recorded answer, and its request where it was kept. */
export interface Recording {
  readonly file: string;
  readonly streaming: boolean;
  readonly framing: string;
  readonly status: number;
  readonly body: Buffer;
  readonly request: Buffer | undefined;
}

const folder = fileURLToPath(new URL('../../../../shared/fixtures/', import.meta.url));

/** For the option `skip` of a test that needs recordings. */
export const noRecordings: string | false = existsSync(`${folder}index.json`)
  ? false
  : 'there are no recordings on this machine';

interface Entry {
  readonly file: string;
  readonly dialect: string;
  readonly streaming: boolean;
  readonly framing: string;
  readonly status: number;
  readonly request?: { readonly file?: string };
}

/** The recordings of a dialect; none where they are not on this machine. */
export function recordingsOf(dialect: string): readonly Recording[] {
  if (noRecordings !== false) return [];
  const { fixtures } = JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as {
    readonly fixtures: readonly Entry[];
  };
  return fixtures
    .filter((entry) => entry.dialect === dialect)
    .map(({ file, streaming, framing, status, request }) => ({
      file,
      streaming,
      framing,
      status,
      body: readFileSync(folder + file),
      request: request?.file === undefined ? undefined : readFileSync(folder + request.file),
    }));
}

/** A recorded stream as it was on the wire: of some only the events were kept, one a line. */
export function streamOf({ file, body }: Recording): Buffer {
  if (!file.endsWith('.jsonl')) return body;
  const lines = body
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return Buffer.from(
    lines.map((line) => `event: ${(JSON.parse(line) as { type: string }).type}\ndata: ${line}\n\n`).join(''),
  );
}

test('the recordings of this dialect are of streams, of whole answers and of errors', { skip: noRecordings }, () => {
  const recordings = recordingsOf('anthropic-messages');
  assert.ok(recordings.filter(({ streaming }) => streaming).length >= 14);
  assert.ok(recordings.some(({ streaming, status }) => !streaming && status === 200));
  assert.ok(recordings.some(({ status }) => status >= 400));
});
