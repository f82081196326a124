// The sample, and actions that show at what time a Worker does what.
import { agentFunction } from 'agentsocket-function';
import { actions } from 'sample';

const gone = { items: 0, aborted: false };

export default agentFunction({
  secrets: (env) => env.AGENTSOCKET_SECRETS.split(' '),
  actions: {
    ...actions,
    // The second piece is made after the test has seen the first one, and opened the gate.
    'gate.pass': {
      result: 'text',
      async* run({ gate }) {
        yield 'before ';
        yield await (await fetch(gate)).text();
      },
    },
    'numbers.count': {
      result: 'items',
      async* run(args, call) {
        try { for (;;) yield ++gone.items; } finally { gone.aborted = call.signal.aborted; }
      },
    },
    'numbers.gone': { run: () => gone },
    'agent.name': { run: () => globalThis.navigator?.userAgent },
  },
});
