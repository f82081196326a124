import { isName } from '../src/frames.js';
import { isMap } from '../src/maps.js';

const DEEPEST = 32; // levels of a schema that are written
const LARGEST = 5000; // parts of a schema that are written

const key = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const union = (types) => {
  const all = [...new Set(types)];
  return all.includes('unknown') || !all.length ? 'unknown' : all.join(' | ');
};
const grouped = (type) => (/[|&]/.test(type) ? `(${type})` : type);

/** A comment; what a server says cannot end it. */
function comment(text, indent) {
  if (typeof text !== 'string' || !text.trim()) return '';
  const lines = text.trim().replaceAll('*/', '*\u200b/').split(/\r?\n/);
  return lines.length === 1 ? `${indent}/** ${lines[0]} */\n` : `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`;
}

/** A part of a reference; a server may have written another one. */
function unescaped(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The type of what satisfies a JSON Schema; `unknown` where it cannot be said. */
class Types {
  parts = 0;

  constructor(root) {
    this.root = root;
  }

  resolve(schema) {
    if (typeof schema.$ref !== 'string' || !schema.$ref.startsWith('#')) return undefined;
    let target = this.root;
    for (const part of schema.$ref.slice(1).split('/').filter(Boolean)) {
      const name = unescaped(part).replaceAll('~1', '/').replaceAll('~0', '~');
      target = target !== null && typeof target === 'object' && Object.hasOwn(target, name) ? target[name] : undefined;
    }
    return target;
  }

  of(schema, indent = '', depth = 0) {
    if (schema === false) return 'never';
    if (typeof schema !== 'object' || schema === null || depth > DEEPEST || ++this.parts > LARGEST) return 'unknown';
    if (schema.$ref !== undefined) return this.of(this.resolve(schema), indent, depth + 8); // a circle ends after a few turns
    if ('const' in schema) return this.literal(schema.const);
    if (Array.isArray(schema.enum)) return union(schema.enum.map((value) => this.literal(value)));
    const alternatives = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(alternatives)) return union(alternatives.map((one) => this.of(one, indent, depth + 1)));
    if (Array.isArray(schema.allOf)) return schema.allOf.map((one) => grouped(this.of(one, indent, depth + 1))).join(' & ') || 'unknown';
    if (Array.isArray(schema.type)) return union(schema.type.map((type) => this.of({ ...schema, type }, indent, depth + 1)));
    switch (schema.type) {
      case 'string': return 'string';
      case 'number': case 'integer': return 'number';
      case 'boolean': return 'boolean';
      case 'null': return 'null';
      case 'array': return this.array(schema, indent, depth);
      case 'object': return this.object(schema, indent, depth);
      default: return schema.properties ? this.object(schema, indent, depth) : 'unknown';
    }
  }

  literal(value) {
    return value !== null && typeof value === 'object' ? 'unknown' : JSON.stringify(value);
  }

  array({ items, prefixItems }, indent, depth) {
    if (Array.isArray(prefixItems)) return `[${prefixItems.map((item) => this.of(item, indent, depth + 1)).join(', ')}]`;
    return `${grouped(this.of(items ?? true, indent, depth + 1))}[]`;
  }

  object({ properties, required, additionalProperties }, indent, depth) {
    const inner = `${indent}  `;
    const isRequired = (name) => Array.isArray(required) && required.includes(name);
    const members = Object.entries(isMap(properties) ? properties : {}).map(([name, schema]) =>
      `${comment(schema?.description, inner)}${inner}${key(name)}${isRequired(name) ? '' : '?'}: ${this.of(schema, inner, depth + 1)};\n`);
    if (isMap(additionalProperties) && !members.length) members.push(`${inner}[key: string]: ${this.of(additionalProperties, inner, depth + 1)};\n`);
    if (!members.length) return additionalProperties === false ? '{ [key: string]: never }' : '{ [key: string]: unknown }';
    return `{\n${members.join('')}${indent}}`;
  }
}

function result({ output, result: kind = 'value' }) {
  if (kind === 'none') return 'undefined';
  if (kind === 'text') return 'string';
  if (kind === 'bytes') return 'Uint8Array';
  return output === undefined ? 'unknown' : new Types(output).of(output, '    ');
}

/** TypeScript declarations of actions: their arguments and results, and an `Agent` that knows them. */
export function declarations(descriptors) {
  const actions = descriptors.filter(({ name }) => typeof name === 'string' && isName(name)).map((descriptor) => {
    const { name, title, description, input = true, items } = descriptor;
    return `${comment([title, description].filter((one) => typeof one === 'string').join('\n'), '  ')}  ${JSON.stringify(name)}: {
    arguments: ${new Types(input).of(input, '    ')};
    result: ${result(descriptor)};
    items: ${items === undefined ? 'never' : new Types(items).of(items, '    ')};
  };
`;
  });
  return `// Written by agentsocket-types. Do not edit.
import type { Agent, Call, CallOptions } from 'agentsocket';

export interface Actions {
${actions.join('')}}

/** An agent whose actions are known: \`const agent = connect(...) as TypedAgent\`. */
export type TypedAgent = Omit<Agent, 'invoke'> & {
  invoke<N extends keyof Actions>(
    name: N,
    ...rest: {} extends Actions[N]['arguments'] ? [args?: Actions[N]['arguments'], options?: CallOptions] : [args: Actions[N]['arguments'], options?: CallOptions]
  ): Call<Actions[N]['result']>;
};
`;
}
