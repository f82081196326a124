import { copy, el } from './dom.js';

const quoted = (text) => JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

/** A value as an expression of Java. */
function java(value) {
  if (value === null) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) > 2147483647 ? `${value}L` : String(value);
  if (Array.isArray(value)) return value.includes(null) ? `Arrays.asList(${value.map(java).join(', ')})` : `List.of(${value.map(java).join(', ')})`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  const pairs = entries.map(([name, one]) => [quoted(name), java(one)]);
  return entries.length <= 10 ? `Map.of(${pairs.flat().join(', ')})` : `Map.ofEntries(${pairs.map((pair) => `Map.entry(${pair.join(', ')})`).join(', ')})`;
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

/** A call in the languages of the clients. @param {any} action its descriptor @param {any} args @param {string} uri */
export function snippets(action, args, uri) {
  const name = quoted(action.name);
  const streams = ['items', 'text', 'bytes'].includes(action.result);
  const type = { text: 'String', bytes: 'byte[]', none: 'Void' }[action.result] ?? 'Object';
  const empty = Object.keys(args).length === 0;
  return {
    Java: `AgentSocketClient agent = AgentSocketClient.builder(${quoted(uri)}).build();
agent.invoke(${name})${empty ? '' : `\n\t.arguments(${java(args)})`}
\t.${streams ? 'toFlux' : 'toMono'}(${type}.class)
\t.subscribe(System.out::println);`,
    JavaScript: `import { connect } from 'agentsocket';

const agent = connect(${quoted(uri)});
${streams
    ? `for await (const item of agent.invoke(${name}, ${JSON.stringify(args)})) console.log(item);`
    : `console.log(await agent.invoke(${name}, ${JSON.stringify(args)}));`}`,
    Python: `import asyncio
from agentsocket import connect

async def main():
    async with connect(${quoted(uri)}) as agent:
${streams
    ? `        async for item in agent.stream(${name}, ${python(args)}):\n            print(item)`
    : `        print(await agent.invoke(${name}, ${python(args)}))`}

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
  const dialog = el('dialog', { className: 'dialog', aria: { labelledby: 'snippet-title' } },
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
