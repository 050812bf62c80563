/* The data of the page: read once, then followed on the event stream. */
import {byId, draw, model} from './parts.js';
import {makeOctants} from './lists.js';
import './detail.js';

const CHANGES_KEPT = 400;
const POLL_MS = 5000;    /* of what is not on the stream: alerts that are pending, and whether the instance is ready */
const SILENT_MS = 12000; /* so long a process that works lets nobody wait */

const link = {open: false, text: 'connecting', heard: performance.now()};

function route() {
  const match = /^#\/scope\/(.+)$/.exec(location.hash);
  const dialog = byId('detail');
  try {
    model.opened = match ? decodeURIComponent(match[1]) : null;
  } catch {
    model.opened = null;
  }
  if (model.opened && !dialog.open) {
    dialog.showModal();
    byId('detail-title').focus();
  }
  if (!model.opened && dialog.open) dialog.close();
  draw('detail');
}

/* Data */

function takeState(s) {
  model.scopes.set(s.scope, s);
  model.asOf = Math.max(model.asOf, s.as_of || 0);
  draw('scopes');
}

function takeChange(c, fresh) {
  if (model.changes.some((o) => o.scope === c.scope && o.at === c.at)) return;
  c.fresh = fresh;
  model.changes.unshift(c);
  model.changes.sort((a, b) => b.at - a.at);
  model.changes.length = Math.min(model.changes.length, CHANGES_KEPT);
  draw('changes');
}

async function json(path, signal) {
  const answer = await fetch(path, {cache: 'no-store', signal});
  if (!answer.ok) throw new Error(path + ': ' + answer.status);
  return answer.json();
}

async function readAll() {
  const paths = ['/api/v1/scopes', '/api/v1/alerts', '/api/v1/changes'], before = [...model.scopes.keys()];
  const [s, a, c] = await Promise.all(paths.map((path) => json(path)));
  takeReady(s);
  if (s.complete) { /* scopes that are another instance's by now */
    const here = new Set(s.scopes.map((one) => one.scope));
    before.filter((key) => !here.has(key)).forEach((key) => model.scopes.delete(key));
  }
  s.scopes.forEach(takeState);
  c.changes.forEach((change) => takeChange(change, false));
  takeAlerts(a);
}

/* The list holds what fires or is pending now, unless tasks are lost: then what was known stays. Resolved ones seen on the stream stay for a while. */
function takeAlerts(answer) {
  if (answer.complete) {
    for (const [key, a] of model.alerts) if (a.status !== 'resolved') model.alerts.delete(key);
  }
  for (const a of answer.alerts) model.alerts.set(a.fingerprint, a);
  draw('alerts');
}

/* What each list says of the instance. Returns whether it has become complete just now. */
function takeReady(answer) {
  const fresh = answer.complete && !model.complete;
  model.complete = answer.complete;
  model.why = answer.ready ? '' : answer.why;
  hear();
  draw('scopes');
  draw('alerts');
  return fresh;
}

function hear() {
  link.heard = performance.now();
  showLink();
}

function linkState(state, text) {
  if (byId('link-text').textContent === text) return; /* it is announced */
  byId('link').dataset.state = state;
  byId('link-text').textContent = text;
}

/* Live is who answers, and is ready. */
function showLink() {
  if (!link.open) linkState('off', link.text);
  else if (performance.now() - link.heard > SILENT_MS) linkState('off', 'no answer');
  else if (model.why) linkState('wait', 'not ready: ' + model.why);
  else linkState('on', 'live');
}

function readAllAgain() {
  readAll().catch(() => { link.open = false; link.text = 'reading failed'; showLink(); });
}

async function poll() {
  try {
    const answer = await json('/api/v1/alerts', AbortSignal.timeout(2 * POLL_MS)), failed = link.text === 'reading failed';
    link.open = link.open || failed;
    if (takeReady(answer) || failed) readAllAgain();
    link.text = 'reconnecting';
    takeAlerts(answer);
  } catch {
    showLink();
  }
  setTimeout(poll, POLL_MS);
}

function follow() {
  const source = new EventSource('/api/v1/stream');
  source.addEventListener('open', () => {
    link.open = true;
    hear();
    readAllAgain();
  });
  source.addEventListener('error', () => {
    link.open = false;
    link.text = 'reconnecting';
    showLink();
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  });
  source.addEventListener('state', (event) => takeState(JSON.parse(event.data)));
  source.addEventListener('change', (event) => { takeChange(JSON.parse(event.data), true); });
  source.addEventListener('alert', (event) => {
    const a = JSON.parse(event.data);
    model.alerts.set(a.fingerprint, a);
    draw('alerts');
  });
}

function start() {
  makeOctants();
  byId('find').addEventListener('input', () => draw('scopes'));
  byId('detail-close').addEventListener('click', () => byId('detail').close());
  byId('detail').addEventListener('close', () => { if (location.hash) location.hash = '#/'; });
  byId('detail').addEventListener('click', (event) => { /* beside it */
    if (event.target === byId('detail')) byId('detail').close();
  });
  window.addEventListener('hashchange', route);
  json('/api/v1/about').then((about) => {
    model.thresholds = about.thresholds;
    model.units = about.units || {};
    byId('name').textContent = about.name;
    const facts = ['cubed ' + about.version, 'model ' + about.model, 'librdkafka ' + about.librdkafka];
    byId('about').textContent = facts.join(', ');
    draw('scopes');
  }).catch(() => {});
  setInterval(showLink, 1000);
  setTimeout(poll, POLL_MS);
  route();
  follow();
}

start();
