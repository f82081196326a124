/**
 * Client of one protocol, for the benchmark: `node speed.mjs PROTOCOL PORT PROTO`. Obeys the lines of its input and answers each with
 * a line that starts with `#`, as `Child.java` does.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [protocol, port, proto] = process.argv.slice(2);
const CALL = { city: 'Berlin', unit: 'celsius' };
const TOKENS = 256;
const answer = (text) => process.stdout.write(`#${text}\n`);

async function agentSocket(name) {
  const client = new URL('../../../clients/javascript/src/', import.meta.url);
  const { connect, json } = await import(new URL('index.js', client));
  const { cbor } = await import(new URL('cbor.js', client));
  const { WebSocket } = await import('ws');
  return async () => {
    const agent = connect(`ws://127.0.0.1:${port}/agentsocket`, { codec: name === 'json' ? json : cbor, WebSocket });
    await agent.ready();
    return {
      call: () => agent.invoke('weather.current', CALL),
      async tokens(take) {
        for await (const token of agent.invoke('llm.tokens', { n: TOKENS }, { prefetch: TOKENS })) take(token);
      },
    };
  };
}

async function grpc() {
  const { credentials, loadPackageDefinition } = await import('@grpc/grpc-js');
  const { loadSync } = await import('@grpc/proto-loader');
  const { Work } = loadPackageDefinition(loadSync(proto)).benchmark;
  return async () => {
    // A pool of its own: otherwise all clients of a process share one connection.
    const work = new Work(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    return {
      call: () => new Promise((resolve, reject) => work.Current(CALL, (error, reply) => (error ? reject(error) : resolve(reply)))),
      async tokens(take) {
        for await (const token of work.Tokens({ n: TOKENS })) take(token.text);
      },
    };
  };
}

async function mcp() {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  return async () => {
    const client = new Client({ name: 'speed', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)));
    const text = (result) => {
      if (result.isError) throw new Error(JSON.stringify(result));
      return result.content[0].text;
    };
    return {
      call: async () => JSON.parse(text(await client.callTool({ name: 'weather.current', arguments: CALL }))),
      async tokens(take) {
        const onprogress = (report) => take(report.message);
        text(await client.callTool({ name: 'llm.tokens', arguments: { n: TOKENS } }, { onprogress }));
      },
    };
  };
}

const open = await (protocol === 'grpc' ? grpc() : protocol === 'mcp' ? mcp() : agentSocket(protocol.split('-')[1]));
const connections = [];

async function call(connection) {
  const weather = await connection.call();
  if (weather.temperature !== 21.5 || weather.city.length !== 6) throw new Error(`The answer is wrong: ${JSON.stringify(weather)}`);
  return 1;
}

async function tokens(connection) {
  let count = 0;
  let length = 0;
  await connection.tokens((token) => {
    count++;
    length += token.length;
  });
  if (count !== TOKENS || length < 4 * TOKENS) throw new Error(`${count} tokens arrived`);
  return count;
}

async function connect(count) {
  while (connections.length < count) {
    const connection = await open();
    await call(connection);
    connections.push(connection);
  }
}

async function run(scenario, ms) {
  const [, count, inFlight, streams] = scenario.split(',');
  await connect(Number(count));
  const work = streams === 'true' ? tokens : call;
  let done = 0;
  const from = process.hrtime.bigint();
  const end = from + BigInt(ms) * 1_000_000n;
  const one = async (connection) => {
    while (process.hrtime.bigint() < end) {
      const count = await work(connection); // others have counted meanwhile
      done += count;
    }
  };
  await Promise.all(connections.slice(0, Number(count)).flatMap((each) => Array.from({ length: Number(inFlight) }, () => one(each))));
  return `${done},${process.hrtime.bigint() - from},0,0`;
}

function memory() {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  const resident = /VmRSS:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
  return `${heapUsed},${Number(resident[1]) * 1024}`;
}

const commands = {
  run: ([scenario, ms]) => run(scenario, ms),
  connect: async ([count]) => {
    await connect(Number(count));
    return connections.length;
  },
  memory,
};
answer('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(' ');
  try {
    answer(await commands[command](words));
  } catch (error) {
    console.error(error);
    answer(`failed ${String(error).replaceAll('\n', ' ')}`);
  }
}
process.exit(0);
