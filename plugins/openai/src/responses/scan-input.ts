import type { Body, SoundObject } from '@tapgate/core';
import { scanBody } from '../chat/scan-body.ts';

/** The members of a body that the gateway looks at, the input among them. A body is scanned once. */
export function scanInput(body: Body): SoundObject {
  return scanBody(body, ['input']);
}
