import assert from 'node:assert/strict';
import { reply, type Script, step } from '@tapgate/test-kit';
import { eachCell } from '../matrix.ts';
import { official } from '../speakers/index.ts';
import { modelIn } from '../stage.ts';
import type { Vendor } from '../vendors/vendor.ts';

interface Failure {
  readonly name: string;
  readonly answer: (vendor: Vendor) => Script;
  /** The status that the client must see; absent where the answer had begun. */
  readonly status?: number;
  /** What the client's error says. */
  readonly says?: RegExp;
  /** Only of streams, and only the vendors' own clients: what others see of it they see of its like. */
  readonly streams?: true;
  readonly official?: true;
}

const half = [{ text: 'Half an answ' }];
const failures: readonly Failure[] = [
  // What the client did wrong it is told in the vendor's words.
  { name: 'refuses with 400', answer: ({ fail }) => fail(400, 'said so'), status: 400, says: /said so/ },
  { name: 'refuses with 429', answer: ({ fail }) => fail(429, 'slow down'), status: 429, says: /slow down/ },
  // The gateway's own credential is no business of the client's, who would look at its own.
  {
    name: 'refuses with 401',
    answer: ({ fail }) => fail(401, 'bad key the-providers-key'),
    status: 502,
    official: true,
  },
  { name: 'refuses with 500', answer: ({ fail }) => fail(500, 'oh'), status: 502 },
  { name: 'says nothing in a 200', answer: () => reply.text(200, ''), status: 502, official: true },
  { name: 'answers with a page', answer: () => reply.text(200, '<html>down</html>'), status: 502, official: true },
  { name: 'hangs up', answer: () => reply.hangUp(), status: 502, official: true },
  { name: 'ends in the middle', answer: ({ breakOff }) => breakOff(half), streams: true },
  {
    name: 'is cut in the middle',
    answer: ({ breakOff }) => [...breakOff(half), step.cut()],
    streams: true,
    official: true,
  },
];

/** The status of an error, wherever its client keeps it. */
const statusOf = (error: any): number | undefined =>
  error.status ?? error.statusCode ?? error.lastError?.statusCode ?? error.cause?.status ?? error.response?.status;

for (const { name, answer, status, says, streams, official: officialOnly } of failures) {
  eachCell(
    `throws where it ${name}`,
    async ({ client, vendor, streamed, stage }) => {
      const played = stage().play(
        client.tongue,
        () => answer(vendor),
        (url) => client.converse({ url, models: [modelIn(vendor.dialect)], streamed, prompt: 'Hello' }),
      );
      await assert.rejects(played, (error: any) => {
        assert.doesNotMatch(String(error.message), /the-providers-key|nobody plays/);
        if (status !== undefined) assert.equal(statusOf(error), status, String(error.stack));
        if (says !== undefined) assert.match(String(error.message), says);
        return true;
      });
    },
    {
      ...(officialOnly && { clients: official }),
      ...(streams && { streamed: [true] }),
      leavesOut: ({ hearsBreaks }) =>
        status === undefined && hearsBreaks === false && 'the client takes an error in a stream for nothing',
    },
  );
}
