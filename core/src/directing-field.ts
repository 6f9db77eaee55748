import type { HeaderMap } from './reply.ts';

/** Request fields by which other gateways let a client choose where they connect. Dialects refuse a body that has one at its top. */
export const directingFields: readonly string[] = ['api_base', 'base_url', 'custom_host'];

const directingHeader = /^x-(?:[a-z]+-)*(?:custom-host|base-url|api-base)$/;

/** The header or query parameter that would direct the gateway elsewhere, if there is one. */
export function directingField(headers: HeaderMap, query: string): string | undefined {
  for (const name of headers.keys()) if (name.startsWith('x-') && directingHeader.test(name)) return name;
  if (query === '') return undefined;
  const parameters = new URLSearchParams(query);
  return directingFields.find((field) => parameters.has(field));
}
