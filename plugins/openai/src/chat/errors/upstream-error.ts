import { scrubMessage, type UpstreamError } from '@tapgate/core';
import { kindOfError } from './error-kind.ts';
import type { SaidError } from './error-shape.ts';

/** What an upstream said, classified and fit to be shown. */
export function upstreamErrorOf(status: number, said: SaidError): UpstreamError {
  const { message: _, status: __, ...details } = said;
  const message = scrubMessage(said.message);
  return {
    ...details,
    kind: kindOfError(status, said),
    status,
    message: message === '' ? `The provider answered with status ${status} and no words.` : message,
  };
}
