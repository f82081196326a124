import { announce, el, show, words } from './dom.js';
import { single } from './form.js';

const waiting = []; // questions are shown one after another
let open = false;

/** Shows a dialog when it is its turn; gives what its buttons say. */
function ask(signal, build) {
  return new Promise((resolve, reject) => {
    waiting.push({ signal, build, resolve, reject });
    next();
  });
}

function next() {
  if (open) return;
  const question = waiting.shift();
  if (!question) return;
  const { signal, build, resolve, reject } = question;
  if (signal.aborted) {
    resolve(undefined);
    next();
    return;
  }
  const dialog = el('dialog', { className: 'dialog question', aria: { labelledby: 'question-title' } });
  let answer;
  const withdraw = () => dialog.close();
  signal.addEventListener('abort', withdraw);
  dialog.addEventListener('close', () => {
    signal.removeEventListener('abort', withdraw);
    dialog.remove();
    open = false;
    resolve(answer);
    next();
  });
  try {
    dialog.append(...build((value) => {
      answer = value;
      dialog.close();
    }));
  } catch (error) {
    signal.removeEventListener('abort', withdraw);
    reject(error);
    next();
    return;
  }
  open = true;
  document
.body.append(dialog);
  dialog.showModal();
  announce('The server asks a question.');
}

const button = (text, click, className = '') => el('button', { type: 'button', className, on: { click } }, text);

/** Asks what an action wants to know. */
export async function onAsk({ prompt, schema, call, signal, answer, decline, cancel }) {
  const outcome = await ask(signal, (done) => {
    const field = single(schema);
    const problem = el('p', { className: 'problem', role: 'alert', hidden: true });
    const submit = () => {
      try {
        const value = field.read();
        if (value === undefined) throw new TypeError('An answer is needed.');
        done(answer(value));
      } catch (error) {
        problem.textContent = error.message;
        problem.hidden = false;
      }
    };
    return [
      el('p', { className: 'quiet' }, call ? `${call.name} asks` : 'The server asks'),
      el('h2', { id: 'question-title' }, words(prompt)),
      el('form', { noValidate: true, on: { submit: (event) => { event.preventDefault(); submit(); } } }, field.element, problem,
        el('div', { className: 'row end' },
          button('Cancel', () => done(cancel())), button('Decline', () => done(decline())), el('button', { className: 'primary' }, 'Answer'))),
    ];
  });
  return outcome ?? cancel();
}

/** Asks whether an action may run. */
export async function onApprove({ action, arguments: args, prompt, signal, approve, decline, cancel }) {
  const outcome = await ask(signal, (done) => {
    const reason = el('input', { id: 'approval-reason', autocomplete: 'off' });
    return [
      el('p', { className: 'quiet' }, `Approval of ${words(action)}`),
      el('h2', { id: 'question-title' }, words(prompt || `May ${words(action)} run?`)),
      el('pre', { className: 'code', tabIndex: 0, aria: { label: 'Arguments' } }, show(args, 2)),
      el('div', { className: 'field' }, el('label', { for: 'approval-reason' }, 'Reason, if you decline'), reason),
      el('div', { className: 'row end' },
        button('Cancel', () => done(cancel())), button('Decline', () => done(decline(reason.value || undefined))),
        button('Approve', () => done(approve()), 'primary')),
    ];
  });
  return outcome ?? cancel();
}

/** Asks for a token; gives the codec and the token, which nothing keeps but memory. */
export function askSignIn({ codec, token }) {
  return new Promise((resolve) => {
    const field = el('input', { id: 'token', type: 'password', autocomplete: 'off', value: token ?? '', spellcheck: false });
    const codecs = el('select', { id: 'codec' }, ...['json', 'cbor'].map((name) => el('option', { value: name, selected: name === codec }, name.toUpperCase())));
    let answer;
    const dialog = el('dialog', { className: 'dialog', aria: { labelledby: 'sign-in-title' } },
      el('h2', { id: 'sign-in-title' }, 'Sign in'),
      el('form', { noValidate: true, on: { submit: (event) => { event.preventDefault(); answer = { codec: codecs.value, token: field.value.trim() || undefined }; dialog.close(); } } },
        el('div', { className: 'field' }, el('label', { for: 'token' }, 'Bearer token'), field,
          el('p', { className: 'hint' }, 'It is sent in HELLO and kept in memory only: reloading the page forgets it. Leave it empty to use the cookie of this site.')),
        el('div', { className: 'field' }, el('label', { for: 'codec' }, 'Codec'), codecs),
        el('div', { className: 'row end' }, button('Close', () => dialog.close()), el('button', { className: 'primary' }, 'Connect'))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
