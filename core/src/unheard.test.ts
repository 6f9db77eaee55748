import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors } from './errors.ts';
import { Losses } from './losses.ts';
import { tellForeign, tellOutput, tellSampling, tellState } from './unheard.ts';

const toldOf = (tell: (losses: Losses) => void): readonly string[] => {
  const losses = new Losses();
  tell(losses);
  return losses.list.map(({ field, contract }) => `${contract ? 'contract' : 'hint'} ${field}`);
};

test('fields of other dialects are told in their order, and those that say nothing are not', () => {
  const ext = {
    mine: { prompt: 'kept' },
    'mine:tools': { prompt: 'a place within' },
    other: {
      prompt: 'p',
      $note: 1,
      empty: '',
      none: null,
      list: [],
      nested: { none: null },
      tint: 1,
      $hints: { pace: 2 },
    },
  };
  assert.deepEqual(
    toldOf((losses) => tellForeign(ext, 'mine', losses)),
    ['contract prompt', 'hint tint', 'hint pace'],
  );
});

test('a setting is told where it is lacking and changes something', () => {
  const sampling = { seed: 0, minP: 0, repetitionPenalty: 1.1, presencePenalty: 1, logitBias: { 7: 1 } };
  assert.deepEqual(
    toldOf((losses) => tellSampling(sampling, losses, ['seed', 'minP', 'repetitionPenalty'])),
    ['contract logit_bias', 'hint seed', 'hint repetition_penalty'],
  );
});

test('an output that is more than one answer in text is told', () => {
  const output = { n: 2, topLogprobs: 1, modalities: ['text', 'audio'], verbosity: 'low' };
  assert.deepEqual(
    toldOf((losses) => tellOutput(output, losses, 'none')),
    ['contract n', 'contract logprobs', 'contract modalities', 'hint verbosity'],
  );
  assert.deepEqual(
    toldOf((losses) => tellOutput({ n: 1, modalities: ['text'] }, losses, 'none')),
    [],
  );
});

test('a conversation that only its vendor keeps is refused, and wishes about keeping are told', () => {
  const refuse = (): void => tellState({ previousId: 'resp_1' }, new Losses(), coreErrors.BODY_INVALID);
  assert.throws(refuse, { code: 'BODY_INVALID', param: 'previous_response_id' });
  assert.deepEqual(
    toldOf((losses) =>
      tellState({ background: true, store: true, truncation: 'auto' }, losses, coreErrors.BODY_INVALID),
    ),
    ['contract background', 'hint store', 'contract truncation'],
  );
});
