type Schema = Readonly<Record<string, unknown>>;

/** What keeps a schema of options from being a good one, as sentences with the place in it. */
export function schemaFaults(schema: unknown, place = 'options'): readonly string[] {
  if (!isSchema(schema)) return schema === true ? [`${place} takes anything.`] : [];
  return [...propertiesOf(schema, place), ...closedness(schema, place), ...nestedIn(schema, place)];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function propertiesOf(schema: Schema, place: string): readonly string[] {
  if (!isSchema(schema['properties'])) return [];
  return Object.entries(schema['properties']).flatMap(([name, property]) => {
    const description = isSchema(property) ? property['description'] : undefined;
    const described = typeof description === 'string' && description.trim() !== '';
    const inside = `${place}.${name}`;
    return [...(described ? [] : [`${inside} has no description.`]), ...schemaFaults(property, inside)];
  });
}

/** An object's other members are refused, or are a map's values with a schema of their own. */
function closedness(schema: Schema, place: string): readonly string[] {
  const object = schema['type'] === 'object' || isSchema(schema['properties']);
  const { additionalProperties, unevaluatedProperties } = schema;
  if (!object || additionalProperties === false || unevaluatedProperties === false) return [];
  if (isSchema(additionalProperties)) return schemaFaults(additionalProperties, `${place}.*`);
  return [`${place} takes members that it does not know: say "additionalProperties": false.`];
}

function nestedIn(schema: Schema, place: string): readonly string[] {
  const lists = ['anyOf', 'oneOf', 'prefixItems'].flatMap((word) => {
    const list = schema[word];
    return Array.isArray(list) ? (list as readonly unknown[]).map((one) => [one, place] as const) : [];
  });
  const items = isSchema(schema['items']) ? [[schema['items'], `${place}[]`] as const] : [];
  const definitions = isSchema(schema['$defs']) ? Object.entries(schema['$defs']) : [];
  const named = definitions.map(([name, one]) => [one, `$defs.${name}`] as const);
  return [...lists, ...items, ...named].flatMap(([one, inside]) => schemaFaults(one, inside));
}
