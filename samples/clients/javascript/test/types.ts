// Compiled with `tsc --strict`, never run: what must compile, and what must not.
import { AgentError, connect, json } from 'agentsocket';
import type { Agent, Call, Descriptor, Page } from 'agentsocket';
import { connect as connectToCall } from 'agentsocket/calls';
import { cbor } from 'agentsocket/cbor';
import { connect as connectFully } from 'agentsocket/full';
import { items } from 'agentsocket/items';
import { messages } from 'agentsocket/messages';
import { node } from 'agentsocket/node';
import { offers } from 'agentsocket/offer';
import { explain } from 'agentsocket/trace';

interface Weather {
  temperature: number;
}

export async function calls(): Promise<void> {
  const agent = connectToCall('wss://a.example/', { codec: cbor, use: [items, offers] });
  const { temperature } = await agent.invoke<Weather>('weather.current', { city: 'Ulm' }, { timeout: 5 });
  temperature.toFixed();
  agent.offer('a', () => 1);
  // @ts-expect-error no discovery
  agent.find('weather');
  // @ts-expect-error no questions
  connectToCall('wss://a.example/', { onAsk: ({ decline }) => decline() });
  await agent.close();
}

export async function uses(): Promise<void> {
  await using agent: Agent = connect(['wss://a.example/', new URL('wss://b.example/')], {
    codec: cbor,
    use: [offers, items, node, messages],
    token: async () => 'secret',
    onAsk: ({ prompt, answer, decline }) => (prompt ? answer(1) : decline()),
    onApprove: ({ action }) => action === 'a',
    limits: { window: 1 << 20 },
    trace: (frame) => void explain(frame, json).type.length,
  });
  const weather: Weather = await agent.invoke<Weather>('weather.current', { city: 'Ulm' }, { timeout: 5, signal: AbortSignal.timeout(5) });
  weather.temperature.toFixed();
  const stream: Call<string, string> = agent.invoke<string>('tokens', {}, { items: ['a'], prefetch: 8, onProgress: ({ done }) => done.toFixed() });
  for await (const token of stream) token.toUpperCase();
  const all: Weather[] = await agent.invoke<Weather>('all').toArray(5);
  void all;
  const withdraw: () => void = agent.offer<{ path: string }>({ name: 'open', input: { type: 'object' }, result: 'text' }, async function* ({ path }, { signal, progress }) {
    progress(1, 2);
    if (!signal.aborted) yield path.toUpperCase();
  });
  withdraw();
  const page: Page = await agent.find('weather', { limit: 5 });
  const [first]: Descriptor[] = (await agent.describe('a', ['b'])).actions;
  first?.input.type;
  for await (const { name, payload } of agent.events<{ n: number }>('news')) payload.n.toFixed(name.length);
  agent.addEventListener('change', ({ detail }) => detail.descriptor?.name);
  try {
    await agent.invoke('a');
  } catch (error) {
    if (error instanceof AgentError && error.code === 'LOST' && error.mayHaveRun) error.violations[0]?.pointer.length;
  }
  throw new AgentError(300, 'sold out', { retryable: page.total > 1 });
}

export async function mistakes(agent: Agent): Promise<void> {
  // @ts-expect-error a call has a name
  agent.invoke();
  // @ts-expect-error arguments are a map
  agent.invoke('a', 'text');
  // @ts-expect-error not an option
  agent.invoke('a', {}, { timeOut: 5 });
  // @ts-expect-error not a number
  const text: number = await agent.invoke<string>('a');
  // @ts-expect-error no such kind of result
  agent.offer({ name: 'a', result: 'lines' }, () => 1);
  // @ts-expect-error an action has a name
  agent.offer({ description: 'a' }, () => 1);
  // @ts-expect-error no such code
  throw new AgentError('BROKEN');
  // @ts-expect-error no such event
  agent.addEventListener('opened', () => {});
  // @ts-expect-error made by connect
  new (agent.constructor as typeof Agent)();
  connectFully('wss://a.example/');
  // @ts-expect-error not a plug-in
  connect('wss://a.example/', { use: [cbor] });
  // @ts-expect-error a codec is an object of this package
  connect('wss://a.example/', { codec: 'cbor' });
  // @ts-expect-error errors are read
  new AgentError(1).code = 'LOST';
  void text;
}
