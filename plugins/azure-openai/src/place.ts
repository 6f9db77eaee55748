import { coreErrors } from '@tapgate/core';

/** Where a resource's API is, and how it is asked there. */
export interface Place {
  /** Everything before a dialect's path. */
  readonly baseUrl: string;
  /** `api-version` of every request; absent for the generally available v1 API. */
  readonly apiVersion?: string;
  /** The deployment stands in the path, as in all versions that are dates. */
  readonly deploymentInPath: boolean;
}

/** Whether a version is one of those that are dates, which are asked otherwise than the v1 API. */
export function isDated(apiVersion: string | undefined): boolean {
  return apiVersion !== undefined && /^\d/.test(apiVersion);
}

/** @see https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle */
export function placeOf(address: string, apiVersion: string | undefined): Place {
  // Client libraries are given the address with the API in it, and so may the gateway be.
  const root = address.replace(/\/+$/, '').replace(/\/openai(\/v1)?$/, '');
  const deploymentInPath = isDated(apiVersion);
  const baseUrl = `${root}/openai${deploymentInPath ? '' : '/v1'}`;
  return apiVersion === undefined ? { baseUrl, deploymentInPath } : { baseUrl, apiVersion, deploymentInPath };
}

/**
 * The path of a request below the base address. A deployment's name is one segment; what is kept at the resource, as
 * responses are, has no deployment in its path.
 *
 * @throws MODEL_UNKNOWN for a name of dots alone, which would be a way through the path, escaped or not.
 */
export function pathAt(place: Place, path: string, deployment: string): string {
  const [bare = '', query = ''] = path.split('?', 2);
  const named = place.deploymentInPath && !bare.startsWith('/responses') ? `/deployments/${segment(deployment)}` : '';
  const words = query.split('&').filter((word) => word !== '' && !/^api-version(=|$)/i.test(word));
  if (place.apiVersion !== undefined) words.push(`api-version=${place.apiVersion}`);
  return `${named}${bare}${words.length === 0 ? '' : `?${words.join('&')}`}`;
}

function segment(deployment: string): string {
  if (/^\.{1,2}$/.test(deployment)) throw coreErrors.MODEL_UNKNOWN({ model: deployment, hint: '' });
  return encodeURIComponent(deployment);
}
