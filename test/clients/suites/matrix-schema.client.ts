import assert from 'node:assert/strict';
import { eachCell } from '../matrix.ts';
import { modelIn } from '../stage.ts';

/** A schema that every vendor's strict form takes. */
const schema = {
  type: 'object',
  properties: {
    city: { type: 'string', description: 'Its name.' },
    degrees: { type: 'number' },
    sky: { type: 'string', enum: ['clear', 'cloudy'] },
    winds: {
      type: 'array',
      items: {
        type: 'object',
        properties: { from: { type: 'string' }, knots: { type: 'integer' } },
        required: ['from', 'knots'],
        additionalProperties: false,
      },
    },
  },
  required: ['city', 'degrees', 'sky', 'winds'],
  additionalProperties: false,
};
const answer = { city: 'Köln 🙂', degrees: 21.5, sky: 'clear', winds: [{ from: 'W', knots: 7 }] };

/** A schema without what a vendor has no word for, and without what a client says in a description. */
const bare = (value: unknown, describes: readonly string[] = []): unknown => {
  const gone = ['additionalProperties', 'propertyOrdering', '$schema', 'title', ...describes];
  if (describes.length > 0) gone.push('description');
  return JSON.parse(JSON.stringify(value, (name, inner) => (gone.includes(name) ? undefined : inner)));
};

eachCell('an answer by a JSON schema', async ({ client, vendor, streamed, stage }) => {
  const { result, arrived } = await stage().play(
    client.tongue,
    (_turn, { request }) => vendor.say([{ text: JSON.stringify(answer) }], request),
    (url) => client.converse({ url, models: [modelIn(vendor.dialect)], streamed, prompt: 'Weather?', schema }),
  );
  assert.deepEqual(JSON.parse(result[0]!.text), answer);
  assert.deepEqual(bare(arrived[0]!.understood.schema, client.describes), bare(schema, client.describes));
});
