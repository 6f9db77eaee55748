/** A plugin's options as a Markdown table, from its JSON Schema. */

/** @typedef {Record<string, any>} Schema */

/** @param {Schema} schema */
export function optionTable(schema) {
  const rows = rowsOf(schema, '', schema);
  if (rows.length === 0) return 'It has no options.';
  return ['| option | type | default | what it is for |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The properties of an object, those within them after each. @param {Schema} schema @param {string} prefix @param {Schema} whole @returns {string[]} */
function rowsOf(schema, prefix, whole) {
  const required = new Set(schema['required'] ?? []);
  return Object.entries(schema['properties'] ?? {}).flatMap(([name, property]) => {
    const option = resolve(property, whole);
    const path = prefix + name;
    const cells = [
      `\`${path}\``,
      typeOf(option, whole),
      initial(option, required.has(name)),
      option['description'] ?? '',
    ];
    return [`| ${cells.map(cell).join(' | ')} |`, ...inner(option, path, whole)];
  });
}

/** What is inside an option: of an object, of a list's items, of a map's values. @param {Schema} option @param {string} path @param {Schema} whole */
function inner(option, path, whole) {
  const shapes = [option, ...(option['oneOf'] ?? option['anyOf'] ?? [])].map((shape) => resolve(shape, whole));
  return shapes.flatMap((shape) => [
    ...rowsOf(shape, `${path}.`, whole),
    ...rowsOf(resolve(shape['items'], whole), `${path}[].`, whole),
    ...rowsOf(resolve(shape['additionalProperties'], whole), `${path}.*.`, whole),
  ]);
}

/** Follows a reference into the schema's own `$defs`; nothing is an empty schema. @param {unknown} schema @param {Schema} whole @returns {Schema} */
function resolve(schema, whole) {
  if (typeof schema !== 'object' || schema === null) return {};
  const { $ref: reference, ...own } = /** @type {Schema} */ (schema);
  if (reference === undefined) return own;
  const name = String(reference).replace('#/$defs/', '');
  return { ...whole['$defs']?.[name], ...own };
}

/** @param {Schema} option @param {Schema} whole @returns {string} */
function typeOf(option, whole) {
  const choices = option['oneOf'] ?? option['anyOf'];
  if (choices)
    return choices.map((/** @type {unknown} */ choice) => typeOf(resolve(choice, whole), whole)).join(', or ');
  if ('const' in option) return code(option['const']);
  if (option['enum']) return option['enum'].map(code).join(', ');
  if (option['type'] === 'array') return `list of ${typeOf(resolve(option['items'], whole), whole)}`;
  return [option['type']].flat().join(' or ') + range(option);
}

/** @param {Schema} option */
function range({ minimum, exclusiveMinimum, maximum }) {
  const least = minimum ?? (exclusiveMinimum === undefined ? undefined : `more than ${exclusiveMinimum}`);
  if (least !== undefined && maximum !== undefined) return `, ${least} to ${maximum}`;
  if (least !== undefined) return minimum === undefined ? `, ${least}` : `, at least ${least}`;
  return maximum === undefined ? '' : `, at most ${maximum}`;
}

/** @param {Schema} option @param {boolean} required */
function initial(option, required) {
  if ('default' in option) return code(option['default']);
  return required ? 'required' : '';
}

/** @param {unknown} value */
function code(value) {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
