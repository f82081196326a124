import { isMap } from '../src/maps.js';
import { texts, toJson } from './tools.mjs';

const FLAT = ['string', 'number', 'integer', 'boolean'];
const isText = (value) => typeof value === 'string';
const isFlat = (schema) => isMap(schema) && (FLAT.includes(schema.type) || (schema.type === undefined && Array.isArray(schema.enum) && schema.enum.every(isText)));

/** A form of MCP for a question, and how its content becomes the answer. */
export function questionForm({ prompt: said, schema: wanted }) {
  const prompt = String(said);
  const schema = isMap(wanted) ? wanted : { type: 'string' };
  const { type, properties = {} } = schema;
  if (type === 'object' && isMap(properties) && Object.values(properties).every(isFlat)) {
    return { params: { message: prompt, requestedSchema: { type, properties, required: texts(schema.required) } }, read: (content) => content };
  }
  const single = (value, read) => ({
    params: { message: prompt, requestedSchema: { type: 'object', properties: { value }, required: ['value'] } },
    read: (content) => read(content?.value),
  });
  if (isFlat(schema)) return single({ type: 'string', ...schema }, (value) => value);
  // Forms of MCP are flat: a nested value is asked for as JSON.
  return single({ type: 'string', description: `JSON that fits this schema: ${JSON.stringify(schema)}` }, (value) => {
    try {
      return JSON.parse(value);
    } catch {
      return value; // the asker validates, and asks again
    }
  });
}

/** A form of MCP for an approval. */
export function approvalForm({ prompt, action, arguments: args }) {
  return {
    params: {
      message: `${prompt}\n\n${action} ${toJson(args)}`,
      requestedSchema: { type: 'object', properties: { approve: { type: 'boolean', title: 'Approve', default: false } }, required: ['approve'] },
    },
    read: (content) => content?.approve === true,
  };
}
