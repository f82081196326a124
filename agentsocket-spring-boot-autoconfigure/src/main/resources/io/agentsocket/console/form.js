import { el, words } from './dom.js';

const FIELDS = 100; // properties that have a field; a schema with more is filled in as JSON
const OPTIONS = 1000; // values of a list to choose from

let ids = 0;

const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The types of a schema without `null`. */
function types({ type }) {
  return [type].flat().filter((one) => one !== undefined && one !== 'null');
}

/** The form of one value: an element, and a function that reads it; undefined is no value. */
function control(schema, value, id, required) {
  const described = { id, name: id };
  const [type] = types(schema);
  const initial = value !== undefined ? value : schema.default;
  if (Array.isArray(schema.enum) && schema.enum.length <= OPTIONS && schema.enum.every((one) => ['string', 'number', 'boolean'].includes(typeof one))) {
    const select = el('select', described, !(required && initial !== undefined) && el('option', { value: '' }, '–'));
    schema.enum.forEach((one, i) => select.append(el('option', { value: String(i), selected: one === initial }, String(one))));
    return [select, () => (select.value === '' ? undefined : schema.enum[Number(select.value)])];
  }
  if (type === 'boolean' && required) {
    const box = el('input', { ...described, type: 'checkbox', checked: initial === true });
    return [box, () => box.checked];
  }
  if (type === 'boolean') {
    const select = el('select', described, el('option', { value: '' }, '–'), el('option', { value: 'true' }, 'true'), el('option', { value: 'false' }, 'false'));
    if (typeof initial === 'boolean') select.value = String(initial);
    return [select, () => (select.value === '' ? undefined : select.value === 'true')];
  }
  if (type === 'integer' || type === 'number') {
    const input = el('input', { ...described, type: 'number', step: type === 'integer' ? '1' : 'any', value: words(initial) });
    return [input, () => (input.value === '' ? undefined : Number(input.value))];
  }
  if (type === 'string' && types(schema).length === 1) {
    const kind = ['date', 'email'].includes(schema.format) ? schema.format : 'text';
    const input = el('input', { ...described, type: kind, value: typeof initial === 'string' ? initial : words(initial), autocomplete: 'off', spellcheck: false });
    // An empty text is a value where one is required; of a date it is none.
    return [input, () => (input.value === '' && (!required || kind !== 'text') ? undefined : input.value)];
  }
  const area = el('textarea', { ...described, rows: 3, spellcheck: false, value: initial === undefined ? '' : JSON.stringify(initial, undefined, 2), placeholder: 'JSON' });
  return [area, () => (area.value.trim() === '' ? undefined : JSON.parse(area.value))];
}

/**
 * A form for the arguments of a schema: one field for each property, JSON for what is nested.
 *
 * @param {any} schema @param {any} [values]
 */
export function form(schema, values = {}) {
  const all = isMap(schema?.properties) ? Object.entries(schema.properties) : [];
  const properties = all.slice(0, FIELDS);
  const needed = Array.isArray(schema?.required) ? schema.required : [];
  const fields = new Map();
  const element = el('div', { className: 'fields' });
  for (const [name, given] of properties) {
    const property = isMap(given) ? given : {};
    const id = `field-${ids++}`;
    const required = needed.includes(name);
    const has = Object.hasOwn(values, name);
    const [input, read] = control(property, has ? values[name] : undefined, id, required);
    const problem = el('p', { className: 'problem', id: `${id}-problem`, hidden: true });
    input.setAttribute('aria-describedby', `${id}-hint ${id}-problem`);
    if (required) input.setAttribute('aria-required', 'true');
    const type = types(property).map(words).join(' or ');
    fields.set(name, { input, read, problem });
    element.append(el('div', { className: 'field' },
      el('label', { for: id }, name, required && el('span', { className: 'required', title: 'required' }, ' *'), type && el('span', { className: 'type' }, ` ${words(property.format ?? type)}`)),
      input,
      el('p', { className: 'hint', id: `${id}-hint` }, words(property.description)),
      problem));
  }
  if (!properties.length) element.append(el('p', { className: 'quiet' }, 'No arguments.'));
  return {
    element,
    get isFlat() {
      if (all.length > FIELDS) return false;
      return properties.length > 0 || !schema || Object.keys(schema).length === 0 || schema.additionalProperties === false || schema.type === 'object';
    },
    /** The arguments, those without a field as they were given. Own properties only, whatever their names are. */
    read() {
      const entries = Object.entries(values).filter(([name]) => !fields.has(name));
      for (const [name, { read, input, problem }] of fields) {
        try {
          const value = read();
          if (value !== undefined) entries.push([name, value]);
        } catch (error) {
          input.focus();
          mark(input, problem, 'This is no JSON.');
          throw new TypeError(`${name}: ${error.message}`);
        }
      }
      return Object.fromEntries(entries);
    },
    /** Shows what is wrong beside its field; gives those that belong to none. */
    violations(list) {
      for (const { input, problem } of fields.values()) mark(input, problem, undefined);
      let first;
      const others = list.filter(({ pointer, message }) => {
        const name = words(pointer).split
('/')[1]?.replaceAll('~1', '/').replaceAll('~0', '~');
        const field = fields.get(name);
        if (field) mark(field.input, field.problem, words(message));
        first ??= field?.input;
        return !field;
      });
      first?.focus({ preventScroll: false });
      return others;
    },
  };
}

function mark(input, problem, message) {
  problem.hidden = message === undefined;
  problem.textContent = message ?? '';
  if (message === undefined) input.removeAttribute('aria-invalid');
  else input.setAttribute('aria-invalid', 'true');
}

/** The form of one value, for the answer to a question. */
export function single(wanted) {
  const schema = isMap(wanted) ? wanted : { type: 'string' };
  if (isMap(schema.properties)) {
    const whole = form(schema);
    if (whole.isFlat) return { element: whole.element, read: () => whole.read() };
  }
  const id = `field-${ids++}`;
  const [input, read] = control(schema, undefined, id, true);
  return { element: el('div', { className: 'field' }, el('label', { for: id }, 'Answer'), input), read };
}
