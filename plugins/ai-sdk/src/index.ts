import {
  type Attempt,
  coreErrors,
  definePlugin,
  type Gateway,
  type Lifecycle,
  type Plugin,
  type Provider,
} from '@tapgate/core';
import { askModel, requestOf } from './ask-model.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { loadSdk, modelOf, mistake, type PackageSource, type Sdk } from './load-package.ts';
import { type AiSdkOptions, schema } from './options.ts';
import { ownOrigins } from './own-origins.ts';
import { askedOf } from './request/asked.ts';
import { withParameters } from './request/with-parameters.ts';
import { writeCall } from './request/write-call.ts';
import { revealed, secretsIn } from './secrets.ts';

export { errors } from './errors.ts';
export type { AiSdkOptions } from './options.ts';

declare module '@tapgate/core' {
  interface PluginOptions {
    'ai-sdk': AiSdkOptions;
  }
}

/** Any model of an installed provider package of the AI SDK as a provider: for the long tail. */
const aiSdk: Plugin<AiSdkOptions> = definePlugin<AiSdkOptions>({
  name: 'ai-sdk',
  apiVersion: 1,
  schema,
  apply(gateway, options, { id, folder }): Lifecycle {
    const source: PackageSource = {
      package: options.package,
      folder,
      id,
      ...(options.factory === undefined ? {} : { factory: options.factory }),
    };
    const origins = new Set((options.origins ?? []).map((origin) => originOf(origin, source)));
    const sdk = sdkOf(gateway, options, source, origins);
    gateway.provider(createProvider(id, sdk, options, source));
    return {
      async ready(): Promise<void> {
        if (options.origins !== undefined) return;
        for (const origin of await ownOrigins(sdk, source, options.models?.[0])) origins.add(origin);
      },
    };
  },
});

export default aiSdk;

function sdkOf(gateway: Gateway, options: AiSdkOptions, source: PackageSource, origins: ReadonlySet<string>): Sdk {
  const { settings, timeouts, allowPrivate } = options;
  const [credential] = secretsIn(settings);
  const fetch = guardedFetch(gateway, { provider: source.id, origins, credential, allowPrivate, timeouts });
  // Some packages name themselves only by a setting.
  return loadSdk(source, { name: source.id, ...(revealed(settings) as object), fetch });
}

/** What no path of an API may be made of. Packages put the name of a model into one as it is. */
const leadsElsewhere = /[^\w.:@/+~ -]|(^|\/)\.{1,2}(\/|$)|\/\/|^\/|^\s|\s$/;

function createProvider(name: string, sdk: Sdk, options: AiSdkOptions, source: PackageSource): Provider {
  const secrets = secretsIn(options.settings);
  return {
    name,
    dialects: [],
    credentials: [],
    serves: (operation) => operation === 'chat',
    capabilities: () => ({}),
    losses(request, target) {
      if (leadsElsewhere.test(target.model)) return [];
      return writeCall(request, askedOf(name, modelOf(sdk, target.model, source))).losses.list;
    },
    call(attempt: Attempt) {
      const { target } = attempt;
      if (target.credential !== undefined) throw coreErrors.UPSTREAM_CREDENTIAL({ provider: name });
      if (leadsElsewhere.test(target.model))
        throw coreErrors.MODEL_UNKNOWN({ model: `${name}/${target.model}`, hint: '' });
      const model = modelOf(sdk, target.model, source);
      const { options: asked } = writeCall(requestOf(attempt, name), askedOf(name, model));
      const failing = { provider: name, model: target.model, secrets: secrets.map((secret) => secret.reveal()) };
      return askModel(model, withParameters(asked, target, options.providerOptions), attempt, failing);
    },
    ...(options.models === undefined ? {} : { models: options.models }),
  };
}

function originOf(text: string, source: PackageSource): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url.origin;
  throw mistake(source, `"${text}" is no origin`, 'Write scheme and host, such as "https://api.example.com"');
}
