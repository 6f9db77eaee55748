import { asString, type HeaderMap, isArray } from '@tapgate/core';
import { betasOf } from '../betas.ts';
import type { Writing } from './writing.ts';

/** The betas that a client of Claude names in a header: here they stand among the model's own fields. */
export function writeBetas(headers: HeaderMap, { able, additional, losses }: Writing): void {
  if (able['vendor'] !== 'anthropic') return;
  const said = additional['anthropic_beta'];
  const before = isArray(said) ? said.map(asString).filter((beta) => beta !== undefined) : [];
  const { sent, dropped } = betasOf(headers, able);
  for (const beta of dropped) losses.hint(`anthropic-beta: ${beta}`, 'the provider does not take it');
  if (sent.length > 0) additional['anthropic_beta'] = [...new Set([...before, ...sent])];
}
