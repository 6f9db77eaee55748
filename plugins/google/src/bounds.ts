import { type Body, isObject, parseObject, type Peeked, readSpan, scanObject } from '@tapgate/core';
import { Fields } from './fields.ts';

type Bounds = Pick<Peeked, 'maxOutputTokens' | 'choices'>;

/** The API takes both spellings. */
const names = ['generationConfig', 'generation_config'];

/** How much a body asks for, found when it is asked, once. */
export function boundsOf({ chunks }: Body): () => Bounds {
  let found: Bounds | undefined;
  return () => (found ??= find(chunks));
}

function find(chunks: readonly Uint8Array[]): Bounds {
  const scanned = scanObject(chunks, names);
  const member = scanned.valid ? names.map((name) => scanned.members.get(name)).find((one) => one) : undefined;
  const config = member === undefined ? undefined : parseObject(readSpan(chunks, member.value));
  if (!isObject(config)) return {};
  const fields = new Fields(config);
  return { maxOutputTokens: count(fields.number('maxOutputTokens')), choices: count(fields.number('candidateCount')) };
}

function count(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
