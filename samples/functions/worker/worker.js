// A function in Cloudflare Workers: docs/platforms/cloudflare-workers.md says how it is deployed.
import { agentFunction, FunctionError } from 'agentsocket-function';
import { detached } from 'agentsocket-function/detached';

export const actions = {
  'story.tell': {
    description: 'Tells a story, word by word', result: 'text',
    async* run({ words = 7 }) {
      const story = ['Once', 'upon', 'a', 'time', 'an', 'agent', 'asked'];
      for (let n = 0; n < words; n++) yield `${story[n % story.length]} `;
    },
  },
  'cart.add': {
    description: 'Adds an article to the cart', state: 'write', keys: ['cart'],
    run({ article }, call) {
      if (!article) throw new FunctionError(3, 'Which article?', { notRun: true });
      const cart = [...(call.state.get('cart') ?? []), article];
      call.state.set('cart', cart);
      return cart;
    },
  },
  'report.write': {
    description: 'Writes a report, and tells later that it is ready',
    run({ topic }, call) {
      call.waitUntil(call.push([{ event: 'report.ready', payload: `${topic}, 3 pages` }]));
      return 'accepted';
    },
  },
  'report.read': detached({
    description: 'Reads a report that takes longer than a request may', result: 'items',
    async* run({ pages = 3 }) {
      for (let page = 1; page <= pages; page++) yield { page };
    },
  }),
  'trip.book': {
    description: 'Books a trip',
    run: ({ to }, call) => call.answer ? `${call.continuation} on ${call.answer.value}`
      : call.ask({ prompt: 'Which day?', schema: { type: 'string', format: 'date' }, continuation: to }),
  },
};

export default agentFunction({ secrets: (env) => env.AGENTSOCKET_SECRETS.split(' '), actions });
