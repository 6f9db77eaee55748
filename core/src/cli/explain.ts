import { type Command, exitCode, textOption, UsageError } from './command.ts';

/** Tells which plugin decided what about a request, without making it. */
export const explain: Command = {
  name: 'explain',
  summary: 'Tells what would become of a request, and which plugin decides what, without sending it.',
  operands: '[request.json]',
  about: `Takes a request through every hook up to the first call to a provider, and no further: nothing is spent. The request is a file
as a client would send it, or a model and a message.`,
  options: {
    model: { type: 'string', short: 'm', value: 'name', describe: 'The model that is asked for.' },
    message: { type: 'string', value: 'text', describe: 'What the user says; "Hello" if nothing.' },
    dialect: { type: 'string', value: 'name', describe: 'The dialect of the request; else the first that has a chat.' },
    header: {
      type: 'string',
      short: 'H',
      value: 'name: value',
      describe: 'A header of the request, such as the key of a caller.',
    },
    config: { type: 'string', short: 'c', value: 'file', describe: 'The config, if it has another name or place.' },
    json: { type: 'boolean', describe: 'Writes the explanation as JSON.' },
  },
  examples: [
    ['tapgate explain -m smart', 'Which provider would be asked, and why.'],
    ['tapgate explain request.json --json', 'The same for a recorded request, for a script.'],
  ],
  async run(input, io) {
    const model = textOption(input, 'model');
    const [file] = input.positionals;
    if (file === undefined && model === undefined) throw new UsageError('Say --model, or give a file with a request.');
    const [{ assembled }, { requestFrom, requestSaying }, { explanationText }] = await Promise.all([
      import('./assembled.ts'),
      import('./explain-request.ts'),
      import('./explanation-text.ts'),
    ]);
    const { gateway } = await assembled(io, textOption(input, 'config'));
    try {
      const how = { dialect: textOption(input, 'dialect'), header: textOption(input, 'header') };
      const request =
        file === undefined
          ? requestSaying(gateway, model ?? '', textOption(input, 'message') ?? 'Hello', how)
          : requestFrom(gateway, file, io.cwd, model, how);
      const explanation = await gateway.explain(request);
      io.stdout.write(
        input.values['json'] === true ? `${JSON.stringify(explanation, null, 2)}\n` : explanationText(explanation),
      );
      return explanation.refused === undefined ? exitCode.ok : exitCode.failed;
    } finally {
      await gateway.close();
    }
  },
};
