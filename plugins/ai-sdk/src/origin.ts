import type { Seal } from '@tapgate/core';
import type { SharedV4ProviderMetadata } from '@ai-sdk/provider';

/** What seals of this plugin are marked with. No client speaks it. */
const dialect = 'ai-sdk';

/** What a package tells of a part, sealed, so that it comes back to this provider as it was and to nobody else. */
export function sealOf(
  metadata: SharedV4ProviderMetadata | undefined,
  provider: string,
  model: string,
): Seal | undefined {
  if (metadata === undefined || Object.values(metadata).every((members) => saysNothing(members))) return undefined;
  return { origin: { dialect, provider, model }, form: 'signature', value: JSON.stringify(metadata) };
}

/** What the seal holds, where it is one of this provider's. */
export function metadataIn(seal: Seal | undefined, provider: string): SharedV4ProviderMetadata | undefined {
  if (seal?.origin.dialect !== dialect || seal.origin.provider !== provider) return undefined;
  try {
    const value: unknown = JSON.parse(seal.value);
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMap ? (value as SharedV4ProviderMetadata) : undefined;
  } catch {
    return undefined;
  }
}

function saysNothing(members: object): boolean {
  return Object.values(members).every((value) => value === null || value === undefined);
}
