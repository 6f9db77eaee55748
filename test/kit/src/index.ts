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
