/** What a dialect makes of each thing that a request can ask for, seen in the bytes that its writer writes and in what it tells. */
import { GatewayError, RawJson, readJson, textOf } from '@tapgate/core';
import { requestProbes } from './request-probes.mjs';
import { dialects, leaves, question, table, wanted } from './spoken.mjs';

/** @typedef {import('@tapgate/core').ChatRequest} ChatRequest @typedef {import('@tapgate/core').Dialect} Dialect @typedef {import('@tapgate/core').Loss} Loss */

/** What may become of a thing: kept, kept by other means, dropped and told, refused. */
export const signs = { kept: '●', other: '◐', dropped: '○', refused: '✕', none: '' };

/**
 * @typedef {object} Verdict
 * @property {keyof typeof signs} kind
 * @property {string} why Where it stands, or what is told.
 */

/** @param {import('./request-probes.mjs').Probe} probe @param {Dialect} dialect @returns {Verdict} */
export function verdictOn(probe, dialect) {
  if (probe.sealed === true && !hasSeals(dialect)) return { kind: 'none', why: 'it seals nothing' };
  const before = written({ ...question, ...probe.beside }, dialect);
  const request = { ...question, ...probe.beside, ...sealedBy(dialect, probe.given) };
  const after = written(request, dialect);
  if (before.refused !== undefined)
    throw new Error(`${dialect.name} does not take what "${probe.name}" stands beside.`);
  if (after.refused !== undefined) return { kind: 'refused', why: after.refused };
  const told = after.losses.filter(
    (loss) => !before.losses.some((one) => one.field === loss.field && one.reason === loss.reason),
  );
  const contract = told.find((loss) => loss.contract && loss.how !== 'synthesised');
  if (contract !== undefined) return { kind: 'refused', why: `\`FIELD_UNSUPPORTED\`: ${contract.reason}` };
  const place = placeOf(probe, before.body, after.body);
  const [loss] = told;
  if (loss === undefined && place === undefined && probe.silent !== true)
    throw new Error(`${dialect.name} loses "${probe.name}" and does not tell.`);
  if (loss === undefined) return { kind: 'kept', why: place === undefined ? 'as it is without' : `\`${place}\`` };
  const isLost = place === undefined || told.every(({ how }) => how === 'dropped');
  if (loss.how === 'dropped' && isLost && !isFound(probe, after.body)) return { kind: 'dropped', why: loss.reason };
  return { kind: 'other', why: loss.reason + (place === undefined ? '' : ` (\`${place}\`)`) };
}

/** @param {ChatRequest} request @param {Dialect} dialect @returns {{ body: unknown, losses: readonly Loss[], refused?: string }} */
function written(request, dialect) {
  try {
    const { body, losses } = dialect.writeRequest(request, wanted);
    return { body: exact(textOf(body)), losses };
  } catch (error) {
    if (!GatewayError.is(error)) throw error;
    return { body: undefined, losses: [], refused: `\`${error.code}\`` };
  }
}

/** What JSON says; a number that no double says is its text. @param {string} json */
function exact(json) {
  return plain(readJson(json));
}

/** @param {unknown} value @returns {unknown} */
function plain(value) {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

/** Whether answers of the dialect can say that a thought is sealed. @param {Dialect} dialect */
function hasSeals(dialect) {
  const writer = dialect.writer({ streamed: false, model: 'm', id: 'i', createdAt: 0, request: question });
  const origin = { dialect: dialect.name };
  writer.push({ type: 'part-start', part: 'p', choice: 0, kind: 'reasoning' });
  writer.push({ type: 'part-delta', part: 'p', text: 'hm' });
  writer.push({ type: 'part-end', part: 'p', seal: { origin, form: 'signature', value: 'SEAL' } });
  writer.push({ type: 'finish', choice: 0, reason: 'stop' });
  return Buffer.from(writer.end() ?? '').includes('SEAL');
}

/** A seal of the dialect's own, where the line asks for one. @param {Dialect} dialect @param {Partial<ChatRequest>} given */
function sealedBy({ name, seals }, given) {
  const place = seals?.answers.find((one) => one.dialect === undefined);
  return structured(given, (seal) =>
    seal.origin.dialect === '' ? { ...seal, origin: { dialect: name }, form: place?.form ?? seal.form } : seal,
  );
}

/** @param {Partial<ChatRequest>} given @param {(seal: import('@tapgate/core').Seal) => import('@tapgate/core').Seal} change */
function structured(given, change) {
  if (given.turns === undefined) return given;
  const turns = given.turns.map((turn) => ({
    ...turn,
    parts: turn.parts.map((part) => ('seal' in part && part.seal ? { ...part, seal: change(part.seal) } : part)),
  }));
  return { ...given, turns };
}

/** Where the asked-for stands; nothing where it does not. @param {import('./request-probes.mjs').Probe} probe @param {unknown} before @param {unknown} after */
function placeOf(probe, before, after) {
  const known = new Set(leaves(before).map((leaf) => JSON.stringify(leaf)));
  const fresh = leaves(after).filter((leaf) => !known.has(JSON.stringify(leaf)));
  if (probe.marker === undefined) {
    const gone = leaves(before).length > leaves(after).length ? 'left out' : undefined;
    const paths = [...new Set(fresh.map(([path]) => path))].slice(0, 3);
    return paths.length > 0 ? paths.join('`, `') : gone;
  }
  return fresh.find(
    ([path, value]) => holds(value, probe.marker) || path.split(/[.[\]]+/).includes(String(probe.marker)),
  )?.[0];
}

/** @param {import('./request-probes.mjs').Probe} probe @param {unknown} body */
function isFound({ marker }, body) {
  return marker !== undefined && leaves(body).some(([, value]) => holds(value, marker));
}

/** @param {unknown} value @param {unknown} marker */
function holds(value, marker) {
  if (typeof value !== 'string' || typeof marker !== 'string') return value === marker;
  return value.includes(marker) || value.includes(Buffer.from(marker).toString('base64'));
}

/** All at one look. */
export function requestOverview() {
  return Object.entries(requestProbes).map(([title, probes]) => {
    const rows = probes.map((probe) => [
      probe.name,
      ...dialects.map(([, dialect]) => signs[verdictOn(probe, dialect).kind]),
    ]);
    return table([`**${title}**`, ...dialects.map(([name]) => name)], rows);
  });
}

/** Of one dialect, where each thing stands or what is told. @param {Dialect} dialect */
export function requestDetails(dialect) {
  const rows = Object.values(requestProbes)
    .flat()
    .map((probe) => {
      const { kind, why } = verdictOn(probe, dialect);
      return [probe.name, signs[kind], why];
    });
  return table(['asked for', '', 'where it goes, or what is told'], rows);
}
