// The stage as a film: flow time from noise to data once, recorded from a canvas as it plays.

import { page, refresh, stale } from "../app.js";
import { sheet } from "./sheet.js";

const SECONDS = 4; // from noise to data
const REST = 0.8; // seconds of the end
const RATE = 30; // pictures a second
const BITS = 6e6; // a second
const TYPES = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"];

/** Why a browser cannot record; "" if it can. */
export function refusal() {
  if (typeof MediaRecorder === "undefined") return "This browser records no films (MediaRecorder is missing).";
  if (!HTMLCanvasElement.prototype.captureStream) return "This browser records no canvas (captureStream is missing).";
  return type() ? "" : "This browser records no WebM.";
}

const type = () => TYPES.find((each) => MediaRecorder.isTypeSupported(each));

/** Play flow time once and return it as a Blob. said(share): called as it goes on. seconds: for tests. */
export async function film(said, seconds = SECONDS) {
  const { state, playing } = page,
    before = { time: state.time, playing: playing.time },
    { width, height } = sheet(),
    canvas = Object.assign(document.createElement("canvas"), { width: even(width), height: even(height) }),
    g = canvas.getContext("2d");
  playing.time = false;
  const stream = canvas.captureStream(RATE),
    recorder = new MediaRecorder(stream, { mimeType: type(), videoBitsPerSecond: BITS }),
    parts = [],
    done = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.start();
  const start = performance.now(),
    total = seconds * (1 + REST / SECONDS);
  for (let now = 0, end = false; !end; now = (performance.now() - start) / 1000) {
    end = now >= total; // so that the last picture is of t = 1 however slow this is
    show(Math.min(1, now / seconds), g);
    said(state.time);
    await new Promise(requestAnimationFrame);
  }
  recorder.stop();
  await done;
  for (const track of stream.getTracks()) track.stop();
  playing.time = before.playing;
  show(before.time);
  return new Blob(parts, { type: "video/webm" });
}

/** Set the stage to a time, and draw it as a sheet. */
function show(time, g) {
  const before = { ...page.state };
  page.state.time = time;
  refresh(before);
  stale();
  if (g) sheet().draw(g);
}

const even = (v) => 2 * Math.ceil(v / 2); // as some coders want it
