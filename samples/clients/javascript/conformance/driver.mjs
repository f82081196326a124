/**
 * Plays the cases of docs/conformance.md with this client, and prints a line of JSON for each case and codec.
 *
 *     node conformance/driver.mjs --control URL --cases FILE [--vectors DIR] [--codec cbor|json] [--only ID]
 */
import WebSocket from 'ws';
import { options } from './options.mjs';
import { Runner } from './runner.mjs';
import { vectors } from './vectors.mjs';

const runner = new Runner({ post: options.post, player: { WebSocket, vectors: (file, codec) => vectors(options.read(file), file, codec) } });
process.on('unhandledRejection', (error) => {
  runner.unhandled = error;
});
let failed = 0;
for (const [one, codec] of options.played) {
  const result = await runner.play(one, codec);
  if (result.outcome === 'failed') failed++;
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
process.exit(failed ? 1 : 0);
