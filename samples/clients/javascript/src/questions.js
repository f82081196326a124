class Outcome {
  constructor(outcome, more) {
    Object.assign(this, { outcome }, more);
  }
}

/** The handler of as.ask or as.approve: asks the call that the question belongs to, else the agent (section 18). */
function answering(option, general, ways, fallback) {
  return async (args, { parent, signal, deadline }) => {
    const ask = parent?.options[option] ?? general;
    if (!ask) return new Outcome('decline');
    const answer = await ask({ ...args, call: parent, signal, deadline, ...ways });
    return answer instanceof Outcome ? answer : fallback(answer);
  };
}

const decline = (reason) => new Outcome('decline', { reason });
const cancel = () => new Outcome('cancel');
const answer = (value) => new Outcome('answer', { value });
const approve = () => new Outcome('approve');

export const asking = (general) => answering('onAsk', general, { answer, decline, cancel }, answer);
/** Everything but `true` and `approve()` means no. */
export const approving = (general) => answering('onApprove', general, { approve, decline, cancel }, (yes) => (yes === true ? approve() : decline()));
