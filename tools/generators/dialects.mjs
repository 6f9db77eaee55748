/** docs/dialects.md: what maps to what, seen by running the codecs. A thing that is lost and not told fails the generator. */
import { clientErrorTable, upstreamErrorTable, waitHeaders } from '../dialects/error-tables.mjs';
import { finishTable, replyTable } from '../dialects/reply-tables.mjs';
import { requestDetails, requestOverview } from '../dialects/request-tables.mjs';
import { dialects } from '../dialects/spoken.mjs';

const opening = `# Dialects

Generated from the code by \`npm run generate\`; do not edit. Each sign comes from running the codecs: a request is written and its bytes are looked at, an answer is written and read again.

A client speaks one dialect and its target another. Where they are the same, the bytes go through untouched and nothing here applies. Otherwise:

| sign | what becomes of it                                                                                                       |
| ---- | ------------------------------------------------------------------------------------------------------------------------ |
| ●    | kept, in the target's own words                                                                                          |
| ◐    | kept by other means, and told in \`x-tapgate-dropped\` where less is left                                                  |
| ○    | a hint: dropped, and told in \`x-tapgate-dropped\`                                                                         |
| ✕    | a contract: 400 \`FIELD_UNSUPPORTED\` that names the field; with \`unsupported: drop\` dropped and told                       |

The tables are of a model that can do all that its API has a word for. What a model or a server cannot do on top of that is refused and told in the same way.

## Requests`;

/** @returns {Promise<Record<string, string>>} */
export function files() {
  const details = dialects.map(
    ([name, dialect]) => `<details><summary>${name}</summary>\n\n${requestDetails(dialect)}\n\n</details>`,
  );
  const sections = [
    opening,
    ...requestOverview(),
    '### Where it goes',
    ...details,
    '## Answers',
    'Streamed and whole alike, or only the one that is named. What is empty has no place in the dialect: thinking and refusals are then text or left out, a further answer is not asked for, and tokens are counted under what there is.',
    replyTable(),
    '### Why an answer ended',
    'In brackets what it is read as again, where the dialect has one word for two.',
    finishTable(),
    '## Errors',
    clientErrorTable(),
    'Of an upstream’s error the document counts, and its status where it has none.',
    upstreamErrorTable(),
    `Clients get ${waitHeaders()} of errors, the smallest of all attempts; further headers of an upstream, such as those of its rate limits, where the provider's \`exposes\` names them.`,
  ];
  return Promise.resolve({ 'docs/dialects.md': `${sections.join('\n\n')}\n` });
}
