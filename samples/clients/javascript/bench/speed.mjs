/**
 * Measures this client against the server of the conformance (`mvn -Pconformance`), which has the actions `add` and `tokens`:
 *
 *     node --expose-gc bench/speed.mjs ws://127.0.0.1:PORT/agents [seconds]
 */
import WebSocket from 'ws';
import { cbor } from '../src/cbor.js';
import { connect, json } from '../src/full.js';

const [uri, seconds = '4'] = process.argv.slice(2);
const ms = Number(seconds) * 1000;
const print = (line) => process.stdout.write(`${line}\n`);

async function calls(agent, inFlight, time) {
  let done = 0;
  const end = performance.now() + time;
  const one = async () => {
    while (performance.now() < end) {
      await agent.invoke('add', { a: 1, b: 2 });
      done++;
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: inFlight }, one));
  return Math.round((done * 1000) / (performance.now() - from));
}

async function tokens(agent, count) {
  const from = performance.now();
  let seen = 0;
  for await (const token of agent.invoke('tokens', { count }, { prefetch: 256 })) seen += token.length > 0;
  return Math.round((seen * 1000) / (performance.now() - from));
}

for (const codec of [cbor, json]) {
  const agent = connect(uri, { codec, WebSocket });
  await calls(agent, 64, ms / 2); // to warm up
  const one = await calls(agent, 1, ms);
  const many = await calls(agent, 64, ms);
  await tokens(agent, 20000);
  const streamed = await tokens(agent, 100000);
  print(`${codec.token}: ${one} calls a second at 1 in flight, ${many} at 64, ${streamed} tokens a second`);
  await agent.close();
}

const heap = () => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
const before = heap();
const idle = Array.from({ length: 100 }, () => connect(uri, { codec: cbor, WebSocket }));
await Promise.all(idle.map((agent) => agent.ready()));
await new Promise((resolve) => setTimeout(resolve, 1500)); // past the last ACK
print(`100 idle connections: ${Math.round((heap() - before) / 100 / 102.4) / 10} KiB of heap each`);
await Promise.all(idle.map((agent) => agent.close()));
