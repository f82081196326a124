import { isName } from '../src/frames.js';
import { isMap } from '../src/maps.js';

const RESULT = 1048576; // bytes of what a tool gives back

const MAGIC = [['image/png', [0x89, 0x50, 0x4e, 0x47]], ['image/jpeg', [0xff, 0xd8, 0xff]], ['image/gif', [0x47, 0x49, 0x46]]];

const text = (value) => [{ type: 'text', text: value }];
/** JSON of a value; bytes in it become base64. */
export const toJson = (value) => JSON.stringify(value, (key, one) => (one instanceof Uint8Array ? Buffer.from(one).toString('base64') : one)) ?? '';
const asText = (value) => (typeof value === 'string' ? value : toJson(value));
/** A value that a server has sent, if it is of the type that it should have. */
const typed = (type, value) => (typeof value === type ? value : undefined);

/** The tools of MCP for descriptors, by their names there. */
export function toTools(descriptors) {
  const tools = new Map();
  for (const descriptor of descriptors) {
    if (typeof descriptor.name !== 'string' || !isName(descriptor.name)) continue;
    // Names of MCP have no slash, and at most 128 characters.
    const base = descriptor.name.replaceAll('/', '_');
    let name = base;
    for (let i = 2; tools.has(name); i++) name = `${base.slice(0, 124)}_${i}`;
    tools.set(name, { descriptor, tool: toTool(name, descriptor) });
  }
  return tools;
}

/** The texts of a list; undefined where there is no list. */
export const texts = (list) => (Array.isArray(list) ? list.filter((one) => typeof one === 'string') : undefined);

/** A schema of a map, as hosts read it: each of its properties is a map, where JSON Schema has true and false, too. */
function objectSchema(schema) {
  const { properties, required, ...rest } = isMap(schema) ? schema : {};
  const readable = (one) => (isMap(one) ? one : one === false ? { not: {} } : {});
  return {
    ...rest,
    type: 'object',
    properties: isMap(properties) ? Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, readable(one)])) : undefined,
    required: texts(required),
  };
}

/** A tool; a host refuses all of them for a member of another type in one. */
function toTool(name, { title: heading, description, input, output, result, hints }) {
  const title = typed('string', heading);
  const { readOnly, destructive, idempotent, openWorld } = Object.fromEntries(Object.entries(isMap(hints) ? hints : {}).map(([key, hint]) => [key, typed('boolean', hint)]));
  const annotations = { title, readOnlyHint: readOnly, destructiveHint: destructive, idempotentHint: idempotent, openWorldHint: openWorld };
  const structured = (result ?? 'value') === 'value' && output?.type === 'object';
  return {
    name, title,
    description: typed('string', description),
    inputSchema: objectSchema(input),
    outputSchema: structured ? objectSchema(output) : undefined,
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
    return { content: text(asText(value)), structuredContent: isMap(value) && output?.type === 'object' ? JSON.parse(toJson(value)) : undefined };
  }
  const items = [];
  let size = 0;
  for await (const one of call) {
    size += one instanceof Uint8Array ? one.length : Buffer.byteLength(asText(one));
    if (size + items.length > RESULT) return { isError: true, content: text(`The result of ${name} is larger than ${RESULT} bytes.`) };
    items.push(one);
    await item(one instanceof Uint8Array ? `${size} bytes` : asText(one), items.length);
  }
  if (result === 'bytes') return { content: bytesContent(name, Buffer.concat(items)) };
  return { content: text(result === 'text' ? items.join('') : toJson(items)) };
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
