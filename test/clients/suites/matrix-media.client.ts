import assert from 'node:assert/strict';
import { eachCell } from '../matrix.ts';
import { modelIn } from '../stage.ts';
import { pdf, png } from '../wish.ts';

const prompt = 'What is this?';
const said = 'A red pixel.';
const address = 'https://example.com/a.png';

/** One file beside a prompt: the vendor is given it whole, or the client is told that it takes none. */
function scene(name: string, wish: object, takes: 'images' | 'imageUrls' | 'documents', heard: object): void {
  eachCell(
    name,
    async ({ client, vendor, streamed, stage }) => {
      const played = stage().play(
        client.tongue,
        (_turn, { request }) => vendor.say([{ text: said }], request),
        (url) => client.converse({ url, models: [modelIn(vendor.dialect)], streamed, prompt, ...wish }),
      );
      if (!vendor.takes[takes]) {
        await assert.rejects(played, (error: any) => {
          assert.match(String(error.message), /cannot do/);
          return true;
        });
        return;
      }
      const { result, arrived } = await played;
      assert.equal(result[0]?.text, said);
      const told = arrived[0]!.understood.heard;
      const order = (one: object): string => JSON.stringify(one);
      assert.deepEqual(
        told.toSorted((one, other) => order(one).localeCompare(order(other))),
        [{ by: 'user', text: prompt }, heard].toSorted((one, other) => order(one).localeCompare(order(other))),
      );
    },
    { leavesOut: ({ cannot }) => cannot?.[takes] ?? false },
  );
}

scene('an image', { image: png }, 'images', { image: png });
scene('an image by its address', { image: address }, 'imageUrls', { image: address });
scene('a PDF', { document: pdf }, 'documents', { document: pdf });
