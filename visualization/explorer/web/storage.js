// What this browser keeps between visits. From a disk or in a private window it may refuse to: then it keeps nothing.

/** The text under a name, or null. */
export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function store(name, text) {
  try {
    localStorage.setItem(name, text);
  } catch {
    // the next visit then begins as the first one
  }
}
