#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
import { connect } from '../src/full.js';
import { declarations } from './declarations.mjs';
import { webSocket } from './node-websocket.mjs';
import { read } from './options.mjs';

const { uri, connection, out } = read(`agentsocket-types URL [--out FILE] [--token-env NAME | --token-file FILE] [--codec cbor|json]

Writes TypeScript declarations of all actions that an Agent Socket server offers, to standard output or to a file.`, { out: { type: 'string' } });

const agent = connect(uri, { ...connection, WebSocket: await webSocket(), name: 'agentsocket-types', maxWait: 10000 });
try {
  const names = (await agent.actions()).map(({ name }) => name);
  const text = declarations((await agent.describe(names)).actions);
  if (out) writeFileSync(out, text);
  else process.stdout.write(text);
} catch (error) {
  process.stderr.write(`agentsocket-types: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  await agent.close();
}
