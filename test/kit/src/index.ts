export { recordedConversations, type RecordedConversation } from './conversations.ts';
export { chunkings, cutInTwo, inPieces, oneByOne, randomSplit, type Chunking } from './chunkings.ts';
export {
  fakeUpstream,
  openUpstreams,
  type Answer,
  type FakeUpstream,
  type FakeUpstreamOptions,
} from './fake-upstream/fake-upstream.ts';
export type { RecordedRequest } from './fake-upstream/recorded-request.ts';
export { reply, type SseOptions } from './fake-upstream/reply.ts';
export { step, type CutBy, type Script, type Step } from './fake-upstream/step.ts';
export { seeded, type Seeded } from './seeded.ts';
export { readSse, sseText, type SseEvent, type SseFrame } from './sse.ts';
export {
  fixtureOrSkip,
  fixtures,
  fixturesFolder,
  noFixtures,
  replay,
  type Fixture,
  type FixtureEntry,
  type FixtureFilter,
  type FixtureRequest,
} from './replay.ts';
export { validateChatReply } from './validate/chat-reply.ts';
export { validateChatStream, type ChatStreamOptions } from './validate/chat-stream.ts';
export { validateError } from './validate/error-reply.ts';
export { validateGenerateReply } from './validate/generate-reply.ts';
export { validateGenerateStream } from './validate/generate-stream.ts';
export { validateMessagesReply } from './validate/messages-reply.ts';
export { validateMessagesStream } from './validate/messages-stream.ts';
export { validateResponsesReply } from './validate/responses-reply.ts';
export { validateResponsesStream } from './validate/responses-stream.ts';
export { validateSse } from './validate/sse-framing.ts';
export type { StreamOptions } from './validate/stream-options.ts';
export { dialectContract } from './contract/dialect/dialect-contract.ts';
export { samplesOf, type AnswerSample, type ErrorSample, type RequestSample } from './contract/dialect/samples.ts';
export type { DialectSubject, DialectValidators, Samples } from './contract/dialect/subject.ts';
export type { RuleContext, Test } from './contract/rule.ts';
export { storeContract } from './contract/store/store-contract.ts';
export type { OpenStore, StoreClock, StoreSubject } from './contract/store/subject.ts';
export { ask, type Answered, type Question } from './ask.ts';
export { leakProbes, type LeakOptions } from './leaks.ts';
export { serveGateway, type PluginUse, type ServeConfig, type ServedGateway } from './serve-gateway.ts';
export { providerContract } from './contract/provider/provider-contract.ts';
export type { ProviderSubject } from './contract/provider/subject.ts';
export type { Wire, Wish } from './contract/provider/wire.ts';
export { pluginContract } from './contract/plugin/plugin-contract.ts';
export type { PluginSubject } from './contract/plugin/subject.ts';
