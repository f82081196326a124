const RESULT = 1048576; // bytes of what a tool gives back

const MAGIC = [['image/png', [0x89, 0x50, 0x4e, 0x47]], ['image/jpeg', [0xff, 0xd8, 0xff]], ['image/gif', [0x47, 0x49, 0x46]]];

const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value) => [{ type: 'text', text: value }];
const asText = (value) => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');

/** The tools of MCP for descriptors, by their names there. */
export function toTools(descriptors) {
  const tools = new Map();
  for (const descriptor of descriptors) {
    // Names of MCP have no slash, and at most 128 characters.
    const base = descriptor.name.replaceAll('/', '_');
    let name = base;
    for (let i = 2; tools.has(name); i++) name = `${base.slice(0, 124)}_${i}`;
    tools.set(name, { descriptor, tool: toTool(name, descriptor) });
  }
  return tools;
}

function toTool(name, { title, description, input, output, result, hints = {} }) {
  const { readOnly, destructive, idempotent, openWorld } = hints;
  const annotations = { title, readOnlyHint: readOnly, destructiveHint: destructive, idempotentHint: idempotent, openWorldHint: openWorld };
  const structured = (result ?? 'value') === 'value' && output?.type === 'object';
  return {
    name, title, description,
    inputSchema: { ...input, type: 'object' },
    outputSchema: structured ? output : undefined,
    annotations: Object.values(annotations).some((hint) => hint !== undefined) ? annotations : undefined,
  };
}

function bytesContent(name, bytes) {
  const blob = Buffer.from(bytes).toString('base64');
  const [image] = MAGIC.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte)) ?? [];
  if (image) return [{ type: 'image', data: blob, mimeType: image }];
  return [{ type: 'resource', resource: { uri: `agentsocket:${encodeURI(name)}`, mimeType: 'application/octet-stream', blob } }];
}

/** Reads a call to its end, as the result of a tool; `item` is told of each item of a stream. */
export async function collect(call, { name, result = 'value', output }, item) {
  if (result === 'value' || result === 'none') {
    const value = await call;
    if (value === undefined) return { content: [] };
    return { content: text(asText(value)), structuredContent: isMap(value) && output?.type === 'object' ? value : undefined };
  }
  const items = [];
  let size = 0;
  for await (const one of call) {
    size += one instanceof Uint8Array ? one.length : Buffer.byteLength(asText(one));
    if (size > RESULT) return { isError: true, content: text(`The result of ${name} is larger than ${RESULT} bytes.`) };
    items.push(one);
    await item(one instanceof Uint8Array ? `${size} bytes` : asText(one), items.length);
  }
  if (result === 'bytes') return { content: bytesContent(name, Buffer.concat(items)) };
  return { content: text(result === 'text' ? items.join('') : JSON.stringify(items)) };
}

/** What a model is told of a failed call. */
export function failure(error) {
  const lines = [`${error.code}: ${error.text || 'The action has failed.'}`];
  for (const { pointer, message } of error.violations ?? []) lines.push(`${pointer || '/'}: ${message}`);
  if (error.mayHaveRun) lines.push('The action may have run, at least in part.');
  if (error.retryable) lines.push('The same call may succeed later.');
  if (error.correlation) lines.push(`Correlation id: ${error.correlation}`);
  return { isError: true, content: text(lines.join('\n')) };
}
