/** What a client is asked to do, in words that go to a client in another process as well. */
export interface Wish {
  readonly url: string;
  /** The model of each turn; the last one for all that follow. */
  readonly models: readonly string[];
  readonly streamed: boolean;
  readonly prompt: string;
  readonly system?: string;
  /** Base64 of a PNG, or an address. */
  readonly image?: string;
  /** Base64 of a PDF. */
  readonly document?: string;
  /** The tools are offered, and run as long as the model asks for them. */
  readonly tools?: boolean;
  /** The answer is to be JSON of this schema. */
  readonly schema?: object;
  readonly thinks?: boolean;
}

/** One answer as the client's user sees it. */
export interface Told {
  readonly text: string;
  readonly thought: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  /** Tokens; absent where the client does not tell. */
  readonly usage?: { readonly input: number; readonly output: number };
}

/** The dialects that clients speak. */
export type Tongue = 'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'google-generate';

/** An official client in one of its dialects. */
export interface Client {
  /** `openai (Python), responses`. */
  readonly name: string;
  readonly tongue: Tongue;
  readonly needs: 'npm' | 'python';
  /**
   * Asks, runs the tools that the answer calls, and asks again with the client's own words of what was said, until there is
   * nothing to run. Gives each answer. Throws as the client does.
   */
  readonly converse: (wish: Wish) => Promise<readonly Told[]>;
  /** Ids of the models it is offered; absent where it does not ask. */
  readonly models?: (url: string) => Promise<readonly string[]>;
  /** Tokens of a prompt; absent where it does not ask. */
  readonly count?: (url: string, model: string, prompt: string) => Promise<number>;
  /** A tool's result as the client words it; absent where it is the text alone. */
  readonly wraps?: (name: string, text: string) => string;
  /** A tool's parameters as the client words them; absent where it changes nothing. */
  readonly words?: (parameters: object) => object;
  /** Words of a schema for an answer that it puts into a description. */
  readonly describes?: readonly string[];
  /** The dialects whose seals it gives back; absent is all. For others it has no place. */
  readonly keepsSeals?: readonly string[];
  /** False where it does not show what a model thought. */
  readonly showsThoughts?: boolean;
  /** False where it takes an error within a stream for an empty answer, whoever sends it: nothing makes it throw. */
  readonly hearsBreaks?: boolean;
  /** What the client itself does not do, and why: `document`, `schema`. */
  readonly cannot?: Readonly<Record<string, string>>;
}

/** A tool as its vendor-free description. */
export interface ToolOffer {
  readonly name: string;
  readonly description: string;
  readonly parameters: object;
}

/** The tools: one with a text, one without arguments, one with all that JSON has. */
export const offers: readonly ToolOffer[] = [
  {
    name: 'weather',
    description: 'The weather in a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', description: 'Its name.' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
  {
    name: 'clock',
    description: 'The time.',
    parameters: { type: 'object', properties: {}, additionalProperties: false },
  },
  {
    name: 'book',
    description: 'Books a journey.',
    parameters: {
      type: 'object',
      properties: {
        seats: { type: 'integer', minimum: 1 },
        price: { type: 'number' },
        class: { type: 'string', enum: ['first', 'second'] },
        stops: {
          type: 'array',
          items: {
            type: 'object',
            properties: { city: { type: 'string' }, nights: { type: 'integer' } },
            required: ['city', 'nights'],
            additionalProperties: false,
          },
        },
        window: { type: 'boolean' },
      },
      required: ['seats', 'price', 'class', 'stops', 'window'],
      additionalProperties: false,
    },
  },
];

/** What a tool says. */
export function runTool(name: string, input: any): string {
  if (name === 'weather') return `sunny in ${input.city}`;
  if (name === 'clock') return 'noon';
  return `booked ${input.seats} seats`;
}

/** The smallest PNG, red. */
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

/** A PDF of one empty page. */
export const pdf: string = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj ' +
    '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
).toString('base64');

/** The model of a turn. */
export const modelOf = ({ models }: Wish, turn: number): string => models[turn] ?? models.at(-1) ?? '';
/** How an image is named to those who take addresses alone. */
export const imageUrl = (image: string): string =>
  image.startsWith('http') ? image : `data:image/png;base64,${image}`;
/** Arguments as a client has them. */
export const parsed = (text: string): unknown => (text.trim() === '' ? {} : JSON.parse(text));
