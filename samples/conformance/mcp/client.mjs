// The official client against the MCP endpoint: node client.mjs URL, with one line of JSON for each thing that it has seen.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const say = (what, value) => console.log(JSON.stringify({ what, value }));
for (const mode of ['auto', 'legacy']) {
  const client = new Client({ name: 'official', version: '1' }, { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode } });
  client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: { name: 'Ann' } }));
  await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2])));
  say('revision', client.getNegotiatedProtocolVersion());
  say('tools', (await client.listTools()).tools.length);
  say('text', (await client.callTool({ name: 'test_simple_text', arguments: {} })).content[0].text);
  const progress = [];
  await client.callTool({ name: 'test_tool_with_progress', arguments: {} }, { onprogress: ({ progress: done }) => progress.push(done) });
  say('progress', progress);
  const answered = await client.callTool({ name: 'test_input_required_result_elicitation', arguments: {} });
  say(answered.isError ? 'refused' : 'answered', answered.content[0].text);
  await client.close();
}
