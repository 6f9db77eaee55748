/** One line of the table: why it is a mistake, what to do, and whether it only deserves a warning. */
export type ConfigErrorRow = readonly [why: string, cure: string, severity?: 'warning'];

/** The codes of everything that can be wrong with a config. */
export type ConfigErrorCode =
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_TOO_LARGE'
  | 'CONFIG_SYNTAX'
  | 'CONFIG_FAILED'
  | 'CONFIG_UNKNOWN_KEY'
  | 'CONFIG_TYPE'
  | 'CONFIG_VALUE'
  | 'CONFIG_MISSING_KEY'
  | 'CONFIG_TOO_DEEP'
  | 'CONFIG_PLACEHOLDER'
  | 'CONFIG_VARIABLE_UNSET'
  | 'CONFIG_FILE_UNREADABLE'
  | 'CONFIG_NOTHING_TO_SERVE'
  | 'PLUGIN_NOT_FOUND'
  | 'PLUGIN_DEPENDENCY_MISSING'
  | 'PLUGIN_INVALID'
  | 'PLUGIN_FAILED'
  | 'PLUGIN_API_VERSION'
  | 'PLUGIN_CORE_DUPLICATE'
  | 'PLUGIN_OPTIONS'
  | 'PLUGIN_DUPLICATE_ID'
  | 'MODEL_TARGET_UNKNOWN_PROVIDER'
  | 'NEEDS_MISSING'
  | 'SERVICE_DUPLICATE'
  | 'STORE_NOT_SHARED'
  | 'CONFIG_SECRET_LITERAL'
  | 'CONFIG_WRITABLE'
  | 'CONFIG_SEVERAL'
  | 'CONFIG_NO_PLUGINS'
  | 'CONFIG_NO_DIALECT'
  | 'PLUGIN_LEFT_OUT';

/** What `docs/configuration.md` says of each code, and what the errors are made of. */
export const configErrorRows: Readonly<Record<ConfigErrorCode, ConfigErrorRow>> = {
  CONFIG_UNREADABLE: ['{file} cannot be read: {reason}.', 'Check the name given with --config, and who may read it.'],
  CONFIG_TOO_LARGE: [
    'The config is {size} bytes long; {limit} are the most.',
    'Keep in it only what the gateway reads.',
  ],
  CONFIG_SYNTAX: ['{why}', '{cure}'],
  CONFIG_FAILED: ['The config could not be run: {reason}', 'Mend it, or see where it comes from with "node {file}".'],
  CONFIG_UNKNOWN_KEY: ['{subject} is not known.', 'Remove it, or write one of: {known}.'],
  CONFIG_TYPE: ['{subject} must be {expected}; this is {actual}.', '{cure}'],
  CONFIG_VALUE: ['{subject} {complaint}.', '{cure}'],
  CONFIG_MISSING_KEY: ['{subject} is missing.', '{cure}'],
  CONFIG_TOO_DEEP: ['{subject} is nested deeper than {limit} levels.', 'Nothing that is read is: flatten it.'],
  CONFIG_PLACEHOLDER: [
    '{placeholder} is none of ${NAME}, ${NAME:-default}, ${NAME:?message} and ${file:path}.',
    'Write one of these, or "$${" where the text itself is meant.',
  ],
  CONFIG_VARIABLE_UNSET: [
    'The environment variable {variable} is not set, or empty.{reason}',
    'Set it, or {otherwise}.',
  ],
  CONFIG_FILE_UNREADABLE: [
    'The file {name}, whose content belongs here, cannot be read: {reason}.',
    'Check that it exists and who may read it; a relative name counts from the folder of the config.',
  ],
  CONFIG_NOTHING_TO_SERVE: [
    'There is no config here, and no installed plugin that serves without one.',
    'Run "tapgate init" to write a config, or "npm install @tapgate/echo" to try without a key.',
  ],
  PLUGIN_NOT_FOUND: ['The plugin "{use}" is not installed: there is no {sought}.', '{cure}'],
  PLUGIN_DEPENDENCY_MISSING: [
    'The plugin "{use}" is there, but something inside it is not: {missing}.',
    'Install it, or install the plugin anew: "npm install {package}".',
  ],
  PLUGIN_INVALID: [
    '"{use}" is not a plugin: {reason}.',
    'It exports as its default, or as "plugin", what definePlugin({ name, apiVersion, schema, apply }) gives.',
  ],
  PLUGIN_FAILED: ['The plugin "{use}" failed {when}: {reason}', 'Its README may say what it needs.'],
  PLUGIN_API_VERSION: [
    'The plugin "{use}" {version}is made for plugin API {wanted}; this core ({core}) offers {offered}.',
    'Install a version of it that is made for plugin API {offered}, or a core that offers {wanted}.',
  ],
  PLUGIN_CORE_DUPLICATE: [
    '{who} brings a second copy of @tapgate/core: {copies}.',
    'Keep one: run "npm dedupe", and start the gateway with "npx tapgate" from the folder of the config.',
  ],
  PLUGIN_OPTIONS: ['{complaint}.', '{cure}'],
  PLUGIN_DUPLICATE_ID: [
    'Two plugins have the id "{id}".',
    'Give one of them another: "id: {id}-2". A provider\'s id is the name that models use.',
  ],
  MODEL_TARGET_UNKNOWN_PROVIDER: [
    'The model "{model}" is to be served by the provider "{provider}", which no plugin brings.',
    'Add a plugin that brings it{others}.',
  ],
  NEEDS_MISSING: ['The plugin "{plugin}" needs the service "{service}", which no plugin brings.', 'Add one that does.'],
  SERVICE_DUPLICATE: ['Both "{first}" and "{second}" bring the service "{service}".', 'Keep one of them.'],
  STORE_NOT_SHARED: [
    'The plugin "{plugin}" counts for all processes together, and each of the {workers} workers would have a store of its own.',
    'Set "server.workers" to 1, or add a plugin that brings the service "store" for several processes.',
  ],
  CONFIG_SECRET_LITERAL: [
    '{subject} is secret, and written out in the file.',
    'Put it into the environment, and "${NAME}" here.',
    'warning',
  ],
  CONFIG_WRITABLE: ['Everybody on this machine may change {file}.', 'chmod o-w {file}', 'warning'],
  CONFIG_SEVERAL: ['{others} is also here and is not read.', 'Remove it, or choose with --config.', 'warning'],
  CONFIG_NO_PLUGINS: ['No plugin is listed, so nothing is served.', 'Name one in "plugins".', 'warning'],
  CONFIG_NO_DIALECT: [
    'No plugin brings a language that clients speak, so no model can be asked for.',
    'Add the plugin of the language your clients speak; without a key it brings that alone.',
    'warning',
  ],
  PLUGIN_LEFT_OUT: ['{reason}', 'Write a config without it: "tapgate init".', 'warning'],
};
