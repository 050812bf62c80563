/* The data of the page: read once, then followed on the event stream. */
import {byId, draw, model} from './parts.js';
import {makeOctants} from './lists.js';
import './detail.js';

const CHANGES_KEPT = 400;

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

async function json(path) {
  const answer = await fetch(path, {cache: 'no-store'});
  if (!answer.ok) throw new Error(path + ': ' + answer.status);
  return answer.json();
}

async function readAll() {
  const paths = ['/api/v1/scopes', '/api/v1/alerts', '/api/v1/changes'];
  const [s, a, c] = await Promise.all(paths.map(json));
  s.scopes.forEach(takeState);
  c.changes.forEach((change) => takeChange(change, false));
  takeAlerts(a.alerts);
}

/* The list holds what fires or is pending now; resolved ones seen on the stream stay for a while. */
function takeAlerts(list) {
  for (const [key, a] of model.alerts) if (a.status !== 'resolved') model.alerts.delete(key);
  for (const a of list) model.alerts.set(a.fingerprint, a);
  draw('alerts');
}

function linkState(state, text) {
  byId('link').dataset.state = state;
  byId('link-text').textContent = text;
}

function follow() {
  const source = new EventSource('/api/v1/stream');
  source.addEventListener('open', () => {
    linkState('on', 'live');
    readAll().catch(() => linkState('off', 'reading failed'));
  });
  source.addEventListener('error', () => {
    linkState('off', 'reconnecting');
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
    byId('name').textContent = about.name;
    const facts = ['cubed ' + about.version, 'model ' + about.model, 'librdkafka ' + about.librdkafka];
    byId('about').textContent = facts.join(', ');
    draw('scopes');
  }).catch(() => {});
  /* Pending alerts are not on the stream. */
  setInterval(() => json('/api/v1/alerts').then((a) => takeAlerts(a.alerts)).catch(() => {}), 5000);
  route();
  follow();
}

start();
