import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { wanted } from './runner.mjs';

const { values } = parseArgs({
  options: Object.fromEntries(['control', 'cases', 'vectors', 'codec', 'only', 'uri'].map((name) => [name, { type: 'string' }])),
});
const { cases } = JSON.parse(readFileSync(values.cases, 'utf8'));

/** Options of the drivers: the control interface, a reader of the vectors, and which case is played in which codec. */
export const options = {
  read: (file) => JSON.parse(readFileSync(join(values.vectors ?? join(dirname(values.cases), '../vectors'), `${file}.json`), 'utf8')),
  played: cases.filter(wanted(values.only)).flatMap((one) => (one.codecs ?? ['cbor', 'json'])
    .filter((codec) => !values.codec || codec === values.codec).map((codec) => [one, codec])),
  async post(path, body) {
    const response = await fetch(`${values.control}${path}`, { method: 'POST', body: JSON.stringify(body) });
    const answer = await response.json();
    if (response.status !== 200) throw new Error(answer.error ?? `status ${response.status}`);
    return answer;
  },
};
