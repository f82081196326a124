import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { cbor } from '../src/cbor.js';
import { json } from '../src/json.js';

/** Reads the options of a command; a text about its use ends the program. */
export function read(use, more = {}) {
  const end = (message) => {
    process.stderr.write(`${message ? `${message}\n\n` : ''}${use}\n`);
    process.exit(message ? 2 : 0);
  };
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: { 'token-env': { type: 'string' }, 'token-file': { type: 'string' }, codec: { type: 'string', default: 'cbor' }, help: { type: 'boolean' }, ...more },
    });
  } catch (error) {
    end(error.message);
  }
  const { values, positionals } = parsed;
  if (values.help) end();
  if (positionals.length !== 1) end('One address is needed, such as wss://agents.example/agentsocket.');
  if (!['cbor', 'json'].includes(values.codec)) end(`There is no codec ${values.codec}.`);
  // A token is not an argument of the command line: others could read it there.
  const file = values['token-file'];
  const token = file ? () => readFileSync(file, 'utf8').trim() : process.env[values['token-env'] ?? 'AGENTSOCKET_TOKEN'];
  return { ...values, uri: positionals[0], connection: { codec: values.codec === 'json' ? json : cbor, token } };
}
