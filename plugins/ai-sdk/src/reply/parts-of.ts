import type { LanguageModelV3GenerateResult, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import type { StreamPart } from './part-reader.ts';

/** A whole answer as the parts of the stream that it would have been. */
export function partsOf(result: LanguageModelV3GenerateResult | LanguageModelV4GenerateResult): readonly StreamPart[] {
  const { id, modelId, timestamp } = result.response ?? {};
  const metadata = Object.fromEntries(
    Object.entries({ id, modelId, timestamp }).filter(([, value]) => value !== undefined),
  );
  return [
    { type: 'response-metadata', ...metadata },
    ...result.content.flatMap((content, at) => partsIn(content, String(at))),
    { type: 'finish', finishReason: result.finishReason, usage: result.usage },
  ];
}

type Content = (LanguageModelV3GenerateResult | LanguageModelV4GenerateResult)['content'][number];

function partsIn(content: Content, id: string): readonly StreamPart[] {
  if (content.type !== 'text' && content.type !== 'reasoning') return [content];
  const { type, text, providerMetadata } = content;
  const citations = 'citations' in content && Array.isArray(content.citations) ? { citations: content.citations } : {};
  const end = { type: `${type}-end`, id, ...(providerMetadata && { providerMetadata }), ...citations } as StreamPart;
  return [{ type: `${type}-start`, id }, { type: `${type}-delta`, id, delta: text }, end];
}
