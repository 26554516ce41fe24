// Undo and redo: every state is kept whole, for none is ever changed.

const MOST = 200; // states

export class History {
  constructor(first) {
    this.states = [first];
    this.at = 0;
  }

  get now() {
    return this.states[this.at];
  }

  /** A new state; what was undone before is forgotten. */
  push(state) {
    this.states = [...this.states.slice(0, this.at + 1), state].slice(-MOST);
    this.at = this.states.length - 1;
  }

  /** Whether there is a state so many steps away. */
  can(steps) {
    return this.at + steps >= 0 && this.at + steps < this.states.length;
  }

  go(steps) {
    if (this.can(steps)) this.at += steps;
    return this.now;
  }
}
