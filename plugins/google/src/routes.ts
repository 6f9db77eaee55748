import type { DialectRoute, HeaderMap } from '@tapgate/core';

/** What a model's method is called in words that several dialects share. */
export const operations: Readonly<Record<string, string>> = {
  generateContent: 'chat',
  streamGenerateContent: 'chat',
  countTokens: 'count-tokens',
  embedContent: 'embeddings',
  batchEmbedContents: 'embeddings',
};

/** What can be done to a resource: the HTTP method, and whether it is done to one or to all of them. */
const actions = {
  list: ['GET', 'all'],
  create: ['POST', 'all'],
  get: ['GET', 'one'],
  update: ['PATCH', 'one'],
  delete: ['DELETE', 'one'],
} as const;

/** Where clients of the Gemini API and of Vertex AI look for a model. */
const collections = [
  ...['/v1beta', '/v1', '/v1alpha'].flatMap((version) => [`${version}/models`, `${version}/tunedModels`]),
  ...['/v1beta1', '/v1'].flatMap((version) => {
    const place = `${version}/projects/:project/locations/:location`;
    return [`${place}/publishers/google/models`, `${place}/endpoints`];
  }),
];

/**
 * The paths of the API. The method is the end of the last segment, behind a colon, so several routes share a pattern.
 *
 * @see https://ai.google.dev/api/generate-content
 */
export const routes: readonly DialectRoute[] = [
  ...collections.flatMap((collection) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: 'POST',
      path: `${collection}/*call`,
      operation,
      when: (_headers: HeaderMap, path: string) => asks(path, method),
    })),
  ),
  ...listings('/v1beta'),
  ...listings('/v1alpha'),
  ...listings('/v1', (headers) => headers.has('x-goog-api-client')),
  ...resources('cachedContents', ['list', 'create', 'get', 'update', 'delete']),
  ...resources('files', ['list', 'get', 'delete']),
];

function asks(path: string, method: string): boolean {
  return path.endsWith(`:${method}`) || path.endsWith(`%3A${method}`) || path.endsWith(`%3a${method}`);
}

/** Other dialects list their models at `/v1/models` too, and only the client's library tells them apart. */
function listings(version: string, when?: DialectRoute['when']): readonly DialectRoute[] {
  const condition = when === undefined ? {} : { when };
  return [
    { method: 'GET', path: `${version}/models`, operation: 'models', ...condition },
    { method: 'GET', path: `${version}/models/*model`, operation: 'models', ...condition },
  ];
}

/** Operations on what the vendor keeps for its clients: `files.list`, `cachedContents.create`. */
function resources(name: string, verbs: readonly (keyof typeof actions)[]): readonly DialectRoute[] {
  return ['/v1beta', '/v1alpha'].flatMap((version) =>
    verbs.map((verb) => {
      const [method, of] = actions[verb];
      return { method, path: `${version}/${name}${of === 'one' ? '/:id' : ''}`, operation: `${name}.${verb}` };
    }),
  );
}

/** The HTTP method of an operation of this dialect. */
export function methodOf(operation: string): string {
  const [, verb = ''] = operation.split('.');
  return verb in actions ? actions[verb as keyof typeof actions][0] : 'POST';
}
