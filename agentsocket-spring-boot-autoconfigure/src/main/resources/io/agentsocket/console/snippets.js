import { copy, el } from './dom.js';

const quoted = (text) => JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

/** A number as an expression of Java: integers that fit are int or long, all others double. */
function javaNumber(value) {
  if (!Number.isInteger(value)) return String(value);
  if (Math.abs(value) <= 2147483647) return String(value);
  return Number.isSafeInteger(value) ? `${value}L` : `${value}d`;
}

/** A value as an expression of Java. Only what has no null fits into List.of and Map.of. */
function java(value) {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return javaNumber(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) {
    if (value.length === 1 && value[0] === null) return 'Collections.singletonList(null)';
    return `${value.includes(null) ? 'Arrays.asList' : 'List.of'}(${value.map(java).join(', ')})`;
  }
  const pairs = Object.entries(value).map(([name, one]) => [quoted(name), java(one)]);
  if (Object.values(value).includes(null)) return `new HashMap<String, Object>() {{ ${pairs.map((pair) => `put(${pair.join(', ')});`).join(' ')} }}`;
  return pairs.length <= 10 ? `Map.of(${pairs.flat().join(', ')})` : `Map.ofEntries(${pairs.map((pair) => `Map.entry(${pair.join(', ')})`).join(', ')})`;
}

/** A value as an expression of JavaScript: JSON, but `__proto__` is a member and nothing more. */
function javaScript(value) {
  if (Array.isArray(value)) return `[${value.map(javaScript).join(', ')}]`;
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? quoted(value) : String(value);
  const members = Object.entries(value).map(([name, one]) => `${name === '__proto__' ? `[${quoted(name)}]` : quoted(name)}: ${javaScript(one)}`);
  return members.length ? `{ ${members.join(', ')} }` : '{}';
}

/** A value as an expression of Python. */
function python(value) {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value === 'object') return `{${Object.entries(value).map(([name, one]) => `${quoted(name)}: ${python(one)}`).join(', ')}}`;
  return typeof value === 'string' ? quoted(value) : String(value);
}

/** A call as a program in the languages of the clients. @param {any} action its descriptor @param {any} args @param {string} uri */
export function snippets(action, args, uri) {
  const name = quoted(action.name);
  const streams = ['items', 'text', 'bytes'].includes(action.result);
  const type = { text: 'String', bytes: 'byte[]', none: 'Void' }[action.result] ?? 'Object';
  const empty = Object.keys(args).length === 0;
  const given = (written) => (empty ? '' : `, ${written(args)}`);
  const invocation = `agent.invoke(${name})${empty ? '' : `\n\t\t\t.arguments(${java(args)})`}`;
  return {
    Java: `import java.util.*;

import io.agentsocket.client.AgentSocketClient;

class Call {

	public static void main(String[] arguments) {
		AgentSocketClient agent = AgentSocketClient.builder(${quoted(uri)}).build();
${streams
    ? `\t\t${invocation}
			.toFlux(${type}.class)
			.doOnNext(${type === 'byte[]' ? '(bytes) -> System.out.println(Arrays.toString(bytes))' : 'System.out::println'})
			.blockLast();`
    : `\t\t${type} result = ${invocation}
			.toMono(${type}.class)
			.block();
		System.out.println(result);`}
		agent.close().block();
	}

}`,
    JavaScript: `import { connect } from 'agentsocket';
import WebSocket from 'ws'; // neither browsers nor Node 22 need it

const agent = connect(${quoted(uri)}, { WebSocket });
${streams
    ? `for await (const item of agent.invoke(${name}${given(javaScript)})) console.log(item);`
    : `console.log(await agent.invoke(${name}${given(javaScript)}));`}
await agent.close();`,
    Python: `import asyncio
from agentsocket import connect

async def main():
    async with connect(${quoted(uri)}) as agent:
${streams
    ? `        async for item in agent.stream(${name}${given(python)}):\n            print(item)`
    : `        print(await agent.invoke(${name}${given(python)}))`}

asyncio.run(main())`,
  };
}

/** Shows a call as code. */
export function showSnippets(action, args, uri) {
  const code = el('pre', { className: 'code', tabIndex: 0 });
  const all = snippets(action, args, uri);
  const buttons = Object.keys(all).map((language) => el('button', { type: 'button', on: { click: () => choose(language) } }, language));
  const choose = (language) => {
    code.textContent = all[language];
    code.setAttribute('aria-label', `Call in ${language}`);
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.textContent === language));
  };
  const dialog = el('dialog', { className: 'dialog wide', aria: { labelledby: 'snippet-title' } },
    el('h2', { id: 'snippet-title' }, 'Copy as'),
    el('div', { className: 'switch', role: 'group', aria: { label: 'Language' } }, ...buttons),
    code,
    el('div', { className: 'row end' },
      el('button', { type: 'button', className: 'primary', on: { click: ({ target }) => copy(code.textContent, target) } }, 'Copy'),
      el('button', { type: 'button', on: { click: () => dialog.close() } }, 'Close')));
  dialog.addEventListener('close', () => dialog.remove());
  choose('Java');
  document.body.append(dialog);
  dialog.showModal();
}
