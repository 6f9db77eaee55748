export type { FreshToken, TokenSource } from './access-tokens.ts';
export { bodyOf, bytesOf, emptyBody, textBody, textOf, type Body } from './body.ts';
export { isContent } from './canonical/events.ts';
export type * from './canonical/events.ts';
export { standInArguments, standInSchema } from './canonical/custom-tools.ts';
export { canonicalVersion } from './canonical/request.ts';
export {
  isOwnSeal,
  type OwnSeal,
  readSealTag,
  readSealText,
  sealTag,
  sealText,
  tagSeal,
  type TaggedSeal,
} from './canonical/seal-tag.ts';
export type * from './canonical/request.ts';
export { addUsage, inputTotal, noUsage, type Usage } from './canonical/usage.ts';
export { saysContextLength } from './context-length.ts';
export { defined, type Defined } from './defined.ts';
export { seen } from './dialect.ts';
export type * from './dialect.ts';
export { directingFields } from './directing-field.ts';
export { coreErrors, defineErrors, GatewayError, kindOf } from './errors.ts';
export type * from './errors.ts';
export type * from './exchange.ts';
export { outcomeOf, upstreamFailed } from './failure.ts';
export { createGateway, type GatewayConfig, type GatewayOptions, LiveGateway } from './gateway.ts';
export { JsonSyntax, JsonTooDeep } from './json/json-errors.ts';
export {
  asBoolean,
  asNumber,
  asString,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  parseObject,
} from './json/json.ts';
export { RawJson } from './json/raw-json.ts';
export { readJson, type ReadJsonOptions } from './json/read-json.ts';
export { editMembers, type MemberChanges, removeMember, setMember } from './json/edit-members.ts';
export { readCount } from './json/read-count.ts';
export { readSpan, type Span } from './json/read-span.ts';
export { scanBody } from './json/scan-body.ts';
export { createObjectScanner, scanObject } from './json/scan-object.ts';
export type * from './json/scan-object.ts';
export { type StringPlace } from './json/replace-strings.ts';
export { type Edit, splice, type Spliced } from './json/splice.ts';
export { writeJson } from './json/write-json.ts';
export { createHttpProvider, type HttpProviderOptions } from './http-provider.ts';
export { Losses } from './losses.ts';
export { definePlugin } from './plugin.ts';
export type * from './plugin.ts';
export { priorities, type Priority, priorityOf, type PriorityRules, prioritySchema } from './priority.ts';
export { nameOf, sameTarget } from './provider.ts';
export type * from './provider.ts';
export { collectBytes, streamOf } from './reply.ts';
export type * from './reply.ts';
export { retryAfterOf } from './retry-after.ts';
export type { SealPlace, SealPlaces } from './seal-places.ts';
export { scrubMessage } from './scrub-message.ts';
export { documentReply, jsonReply } from './plain-dialect.ts';
export { providerDialect, type ProviderHalf } from './provider-dialect.ts';
export { createListener, type Listener } from './server/listener.ts';
export { listen, type Listening } from './server/listen.ts';
export { Secret } from './secret.ts';
export { includesBytes } from './includes-bytes.ts';
export { sniffMediaType } from './sniff-media-type.ts';
export { readEvent, type SseEvent } from './sse/read-event.ts';
export { createEventReader, type EventReader } from './sse/read-stream.ts';
export { type ChangingMembers, RepeatedEvent } from './sse/repeated-event.ts';
export { createEventSplitter, EventTooLarge } from './sse/split-events.ts';
export { type OutgoingEvent, writeComment, writeEvent } from './sse/write-event.ts';
export { stage, stagesOf } from './stage.ts';
export type { At, Stage } from './stage.ts';
export { checkAmounts } from './store/check-amounts.ts';
export { MemoryStore, type MemoryStoreOptions } from './store/memory-store.ts';
export type * from './store/store.ts';
export {
  requestToken,
  requestTokenText,
  tokenIn,
  tokenRefused,
  type TokenRequest,
  type TokenWays,
} from './token-request.ts';
export { createToolNames, type NameRule, type ToolNames } from './tool-names.ts';
export { type LackedSetting, nothingSaid, tellForeign, tellOutput, tellSampling, tellState } from './unheard.ts';
export { identityReach, privateHostOf } from './upstream/address-guard.ts';
export type * from './upstream/upstream.ts';
export { assemble } from './config/assemble.ts';
export type * from './config/config.ts';
export { coreSchema } from './config/core-schema.ts';
export { completeConfig } from './config/normalise.ts';
export { ConfigError, ConfigErrors, configErrors } from './config/config-error.ts';
export { defineConfig, type WrittenConfig, type WrittenModel, type WrittenPlugin } from './config/written-config.ts';
export { formatConfigErrors } from './config/format-config-errors.ts';
export { type LoadedConfig, loadConfig, type LoadOptions, type PluginToUse } from './config/load-config.ts';
export { nearest } from './config/nearest.ts';
export { parseTarget } from './config/parse-target.ts';
export { readOptions } from './config/read-options.ts';
export { resolveFrom } from './config/resolve-from.ts';
export { composeSchema, type InstalledSchema } from './config/schema.ts';
export type { CommandIo, CommandOutput, PluginCommand } from './cli/plugin-command.ts';
