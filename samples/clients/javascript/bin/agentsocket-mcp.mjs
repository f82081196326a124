#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { connect } from '../src/full.js';
import { McpServer } from '../mcp/server.mjs';
import { webSocket } from './node-websocket.mjs';
import { read } from './options.mjs';

const { uri, connection } = read(`agentsocket-mcp URL [--token-env NAME | --token-file FILE] [--codec cbor|json]

Serves the actions of an Agent Socket server as tools of MCP on standard input and output.
The token is read from the environment (AGENTSOCKET_TOKEN by default) or from a file, which is read at each attempt to connect.`);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const fail = ({ message }) => {
  process.stderr.write(`agentsocket-mcp: ${message}\n`);
  process.exitCode = 1;
};

const WebSocket = await webSocket();
// Questions are answered by the call that they belong to: only those of tools/call have someone to ask.
const agent = connect(uri, {
  ...connection, WebSocket, name: 'agentsocket-mcp', version,
  onAsk: ({ decline }) => decline(),
  onApprove: ({ decline }) => decline(),
  onError: (message, error) => process.stderr.write(`agentsocket-mcp: ${message}: ${error?.message}\n`),
});
agent.addEventListener('closed', ({ detail: { error } }) => {
  if (error) fail(error);
  process.exit();
});
const server = new McpServer(agent, process.stdin, process.stdout, { name: 'agentsocket-mcp', version });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => agent.close());
await server.closed.catch(fail);
await agent.close();
