/** A table of errors as Markdown, one line a code. @param {Readonly<Record<string, import('./plugin-modules.mjs').ErrorRow>>} rows */
export function errorTable(rows) {
  const lines = Object.entries(rows).map(
    ([code, [status, sentence, retryable]]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${sentence.replaceAll('|', '\\|')} |`,
  );
  return ['| code | status | retryable | sentence |', '| --- | --- | --- | --- |', ...lines].join('\n');
}
