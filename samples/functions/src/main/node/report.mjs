// A function in JavaScript: it ends at once, and tells later what has become of its work.
import { agentFunction } from '../../../javascript/src/index.js';
import { setTimeout as later } from 'node:timers/promises';
import { serve } from '../../../javascript/src/node.js';

const worker = agentFunction({
  secrets: (env) => env.AGENTSOCKET_SECRETS.split(' '),
  actions: {
    'report.write': {
      description: 'Writes a report, and tells later that it is ready',
      run({ topic }, call) {
        call.waitUntil(later(300).then(() => call.push([{ event: 'report.ready', payload: `${topic}, 3 pages` }])));
        return 'accepted';
      },
    },
  },
});

const server = await serve(worker, { port: 0, host: '127.0.0.1' });
console.log(`listening on ${server.address().port}`);
// It ends with the process that has started it.
process.stdin.resume().on('end', () => process.exit());
