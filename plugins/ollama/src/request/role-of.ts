import type { Json, Part, Turn } from '@tapgate/core';
import { ownOf } from '../own-fields.ts';

/** The role as its client wrote it, where it is one of this dialect. */
export function roleOf(said: Part | Turn, role: string): Json {
  return ownOf(said)?.['$role'] ?? role;
}
