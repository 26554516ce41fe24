// The workers in which runs train: one for each run, as long as a core is left for the page; else runs take turns.

import { find } from "../controls.js";

const heard = new Map(); // id of a run: what hears its messages
const workers = [];

/** The worker with the fewest runs, or a new one. */
function free() {
  const cores = Math.max(1, (navigator.hardwareConcurrency ?? 2) - 1);
  if (workers.length < cores && workers.every(({ ids }) => ids.size)) workers.push(begin());
  return workers.reduce((least, each) => (each.ids.size < least.ids.size ? each : least));
}

function begin() {
  const address = URL.createObjectURL(new Blob([find("worker").textContent], { type: "text/javascript" })),
    worker = new Worker(address);
  worker.onmessage = ({ data }) => heard.get(data.id)?.(data);
  return { worker, ids: new Set() };
}

let last = 0;

/** A new run in a worker; hear(message). Returns how to tell it something, and how to forget it. */
export function employ(settings, hear) {
  const id = (last += 1),
    place = free(),
    tell = (message) => place.worker.postMessage({ id, ...message });
  place.ids.add(id);
  heard.set(id, hear);
  tell({ type: "start", settings });
  const stop = () => {
    tell({ type: "stop" });
    place.ids.delete(id);
    heard.delete(id);
  };
  return { tell, stop };
}
