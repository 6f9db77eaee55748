/** docs/errors.md: every code that core and the plugins say, from the tables they are made of. */
import { coreErrors } from '@tapgate/core';
import { errorTable } from '../error-table.mjs';
import { pluginModules } from '../plugin-modules.mjs';

const opening = `# Errors

Generated from the code by \`npm run generate\`; do not edit.

A client reads the code beside its own dialect's error. In code, an error is known by its \`code\`, or by \`GatewayError.is(error)\`.
`;

/** @returns {Promise<Record<string, string>>} */
export async function files() {
  const modules = await pluginModules();
  const sections = modules.flatMap(({ packageName, errors }) => (errors ? [section(packageName, errors)] : []));
  return { 'docs/errors.md': [opening, section('@tapgate/core', coreErrors.rows), ...sections].join('\n') };
}

/** @param {string} title @param {Readonly<Record<string, import('../plugin-modules.mjs').ErrorRow>>} rows */
function section(title, rows) {
  return `## ${title}\n\n${errorTable(rows)}\n`;
}
