import { Actions } from './actions.js';
import { cbor } from './client/cbor.js';
import { connect, json } from './client/full.js';
import { askSignIn, onApprove, onAsk } from './dialogs.js';
import { $, announce, current, el, leave } from './dom.js';
import { Frames } from './frames.js';
import { EventLog, History, tabs } from './side.js';
import { Work } from './work.js';

const BACKOFF = { base: 500, cap: 10000 }; // ms; a person waits
const codecs = { json, cbor };

/** The address of the endpoint: the folder that the page lies in. */
function endpoint() {
  const url = new URL('..', location.href);
  url.pathname = url.pathname.replace(/(.)\/$/, '$1');
  url.protocol = url.protocol.replace('http', 'ws');
  return url.href;
}

const host = {
  uri: endpoint(),
  agent: undefined,
  called: (name, args) => history.add(name, args),
};
let credentials = { codec: 'json', token: undefined }; // in memory only
let cut; // what was so when the connection was cut

const frames = new Frames();
const events = new EventLog(host);
const work = new Work(host);
const actions = new Actions((name) => open(name));
const history = new History((name, args) => open(name, args, true));
tabs(document.querySelector('[role=tablist]'));

function state(status, text) {
  $('state').dataset.status = status;
  $('state-text').textContent = text;
  $('cut').disabled = status !== 'connected';
}

function notice(kind, ...children) {
  const box = $('resume');
  box.dataset.kind = kind;
  box.hidden = false;
  box.replaceChildren(...children, el('button', { type: 'button', aria: { label: 'Close the notice' }, on: { click: () => { leave(box, $('work')); box.hidden = true; } } }, '×'));
}

/** Name of the action in the address, if it can be read. */
function named() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}

/** Shows an action; calls it if asked to. */
async function open(name, args, call) {
  actions.choose(name);
  try {
    const { actions: [descriptor] } = await host.agent.describe(name);
    if (!descriptor) throw new Error(`There is no action ${name}.`);
    if (actions.chosen !== name) return;
    work.show(descriptor, args);
    view('work');
    window.history.replaceState(undefined, '', `#${encodeURIComponent(name)}`);
    if (call) work.call();
    else if (matchMedia('(min-width: 761px)').matches) $('action-detail').querySelector('input, select, textarea')?.focus();
    else $('work').focus({ preventScroll: true }); // the list is not shown any more
  } catch (error) {
    notice('bad', el('p', {}, error.message));
  }
}

function view(name) {
  document.body.dataset.view = name;
  current(document.querySelectorAll('[data-show]'), (button) => button.dataset.show === name);
}

async function load() {
  try {
    await actions.load(host.agent);
  } catch (error) {
    notice('bad', el('p', {}, `The actions could not be listed: ${error.text || error.message}`));
  }
}

function signedIn() {
  const session = host.agent.sessionId ?? '';
  state('connected', `Connected · session ${session.slice(0, 8)}`);
}

/** Tells what became of the session after the connection was gone. */
function returned(title, kind, what) {
  const away = cut ? ` It was away for ${((performance.now() - cut.at) / 1000).toFixed(1)} s.` : '';
  notice(kind, el('strong', {}, title), el('p', {}, `${what[0].toUpperCase()}${what.slice(1)}.${away}`));
  frames.note(`${title}: ${what}`, kind);
  announce(`${title}. ${what}`);
  cut = undefined;
}

const count = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

function start() {
  const { codec, token } = credentials;
  frames.codec = codecs[codec];
  frames.renew();
  state('connecting', 'Connecting');
  const again = []; // numbers of frames that were sent again
  const agent = connect(host.uri, {
    codec: codecs[codec], token, name: 'console', backoff: BACKOFF, onAsk, onApprove,
    trace: (frame) => {
      if (frame.replayed) again.push(frame.number);
      frames.take(frame);
    },
    onError: (message, error) => events.add(message, String(error?.message ?? error)),
  });
  host.agent = agent;
  const on = (type, listener) => agent.addEventListener(type, ({ detail }) => host.agent === agent && listener(detail));
  on('connected', () => {
    signedIn();
    if (cut) {
      frames.renew();
      returned('NEW SESSION', 'bad', 'the session was away for too long, and a new one has begun');
    }
    load();
    const name = named();
    if (name && !work.name) open(name);
  });
  on('disconnected', ({ code, reason }) => {
    again.length = 0;
    cut ??= { at: performance.now() };
    state('waiting', 'Reconnecting');
    frames.note(`The connection is gone: ${code} ${reason}. Sent up to ${frames.lastOut}, acknowledged up to ${frames.acknowledged}, received up to ${frames.lastIn}.`, 'bad');
  });
  on('failed', ({ code, reason, status }) => state('waiting', `No connection: ${status ?? code} ${reason}`.trim()));
  on('resumed', ({ replayed }) => {
    signedIn();
    const numbers = replayed ? ` (${again.slice(0, 3).join(', ')}${again.length > 3 ? ` … ${again.at(-1)}` : ''})` : '';
    returned('RESUMED', 'good', `${count(replayed, 'frame')}${numbers} of this side sent again, the server goes on with its frame ${frames.lastIn + 1}`);
  });
  on('reset', () => {
    frames.renew();
    signedIn();
    returned('RESET', 'bad', 'the server has lost the session, open calls say whether they may have run');
    load();
  });
  on('change', ({ name, descriptor }) => {
    const change = actions.changed(name, descriptor);
    events.add(`${name} ${change}`);
    announce(`Action ${name} ${change}`);
  });
  on('closed', ({ error }) => {
    state('refused', error ? `Refused: ${error.text}` : 'Closed');
    if (error) notice('bad', el('p', {}, `The server refuses the connection: ${error.text}. Sign in to try again.`));
  });
  events.renew();
}

$('cut').addEventListener('click', () => {
  cut = { at: performance.now() };
  host.agent.cut();
});
$('sign-in').addEventListener('click', async () => {
  const given = await askSignIn(credentials);
  if (!given) return;
  credentials = given;
  const old = host.agent;
  host.agent = undefined;
  old.close();
  $('resume').hidden = true;
  $('sign-in').textContent = given.token ? 'Signed in' : 'Sign in';
  start();
});
for (const button of document.querySelectorAll('[data-show]')) button.addEventListener('click', () => view(button.dataset.show));
start();
