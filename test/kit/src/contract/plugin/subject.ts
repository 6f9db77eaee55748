import { createGateway, type LiveGateway, type Plugin } from '@tapgate/core';
import type { PluginUse } from '../../serve-gateway.ts';

/** A plugin, and what it takes. */
export interface PluginSubject {
  readonly plugin: Plugin<never>;
  /** Options with which it works, without a network. */
  readonly options: unknown;
  /** Options that it must refuse, beside those that it does not know. */
  readonly badOptions?: readonly unknown[];
  /** Plugins that it needs; they come before it. */
  readonly also?: readonly PluginUse[];
  /** The URL of its module. */
  readonly module?: string;
  /** Why a gateway may have but one of it. */
  readonly single?: string;
}

/** A silent gateway without the plugin, and with what it needs. */
export function gatewayFor({ also = [] }: PluginSubject): LiveGateway {
  const gateway = createGateway({ log: { level: 'silent' } });
  for (const [plugin, options, as] of also) gateway.use<unknown>(plugin, options ?? {}, as);
  return gateway;
}

/** Gives the gateway the plugin. */
export function use(
  gateway: LiveGateway,
  subject: PluginSubject,
  options: unknown = subject.options,
  id?: string,
): void {
  gateway.use<unknown>(subject.plugin, options, id === undefined ? {} : { id });
}
