class Outcome {
  constructor(outcome, more) {
    Object.assign(this, { outcome }, more);
  }
}

const decline = (reason) => new Outcome('decline', { reason });
const cancel = () => new Outcome('cancel');
const answer = (value) => new Outcome('answer', { value });
const approve = () => new Outcome('approve');

/** The handler of as.ask or as.approve: asks the call that the question belongs to, else the agent (section 18). */
const answering = (option, general, way, fallback) => async (args, context) => {
  const { parent } = context;
  const ask = parent?.options[option] ?? general;
  if (!ask) return decline();
  const { signal, deadline } = context;
  const given = await ask({ ...args, call: parent, signal, deadline, ...way, decline, cancel });
  return given instanceof Outcome ? given : fallback(given);
};

/** Offers what answers, where somebody is asked. Everything but `true` and `approve()` means no. */
export function answers(actions, { onAsk, onApprove }) {
  const add = (name, handler) => actions.set(name, { name, handler, descriptor: {} });
  if (onAsk) add('as.ask', answering('onAsk', onAsk, { answer }, answer));
  if (onApprove) add('as.approve', answering('onApprove', onApprove, { approve }, (yes) => (yes === true ? approve() : decline())));
}
